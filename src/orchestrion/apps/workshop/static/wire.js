// The wire: one socket to the room, taken up again whenever it breaks; what is said goes through the outbox.
import { Outbox } from "./outbox.js";

const SOONEST = 250; // ms before the first attempt to come back; doubles up to LATEST
const LATEST = 4_000;
const SILENT = 12_000; // nothing heard for so long: ask whether anybody is there
const PATIENT = 4_000; // no answer for so long: the line is dead, whatever the browser believes
const AGAIN = new Set(["too_fast", "not_kept"]); // refusals that only mean: later

export class Wire extends EventTarget {
  constructor(token, lang) {
    super();
    this.token = token;
    this.lang = lang;
    this.outbox = new Outbox(token);
    this.socket = null;
    this.ready = false; // the server has answered our hello
    this.ended = ""; // why we do not come back
    this.wait = SOONEST;
    this.flying = new Map(); // id -> when it was sent over this socket
    this.recent = []; // arrived, but the state we have is from before
    this.asked = 0;
    this.heard = 0;
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.probe());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
    setInterval(() => this.look(), 1_000);
  }

  open() {
    if (this.ended || this.socket) return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    this.socket = socket;
    this.asked = Date.now();
    socket.addEventListener("open", () => this.probe());
    socket.addEventListener("message", (event) => this.socket === socket && this.take(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.socket === socket && this.lost(event.code));
  }

  hurry() {
    this.wait = SOONEST;
    if (this.socket) this.probe();
    else this.open();
  }

  probe() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.asked = Date.now();
    this.socket.send(JSON.stringify({ kind: "hello", token: this.token, lang: this.lang }));
  }

  look() {
    const now = Date.now();
    const unanswered = this.asked > this.heard && now - this.asked > PATIENT;
    const unheard = [...this.flying.values()].some((sent) => now - sent > PATIENT);
    if (this.socket && (unanswered || unheard)) this.lost(0);
    else if (this.ready && now - this.heard > SILENT && this.asked <= this.heard) this.probe();
    if (this.ready) this.flush();
    if (this.waiting) this.tell("status");
  }

  lost(code) {
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    this.flying.clear();
    try {
      socket?.close();
    } catch {
      // closing already
    }
    if (code === 4403) this.ended ||= "wrong_link";
    this.tell("status");
    if (this.ended) return;
    setTimeout(() => this.open(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(LATEST, this.wait * 2);
  }

  take(told) {
    this.heard = Date.now();
    if (told.kind === "state") {
      this.wait = SOONEST;
      const first = !this.ready;
      this.ready = true;
      this.state = told.state;
      this.recent = []; // what was known to have arrived is in this state
      this.tell("state");
      if (first) this.tell("status");
      this.flush();
    } else if (told.kind === "done") this.settled(told.id, told);
    else if (told.kind === "refused") this.refused(told);
    else if (told.kind === "progress") this.tell("progress", told);
  }

  refused(told) {
    if (!told.id) {
      if (told.reason === "wrong_link" || told.reason === "not_here") this.ended = told.reason;
      return;
    }
    this.flying.delete(told.id);
    if (AGAIN.has(told.reason)) {
      this.rest = Date.now() + 1_500;
      return;
    }
    this.tell("refused", { ...told, message: this.outbox.take(told.id) });
    this.tell("status");
  }

  settled(id, told) {
    this.flying.delete(id);
    const message = this.outbox.take(id);
    if (message) this.recent.push(message);
    this.tell("done", { ...told, message });
    this.flush();
    this.tell("status");
  }

  say(message, about = "") {
    const id = this.outbox.put(message, about);
    this.flush();
    this.tell("status");
    return id;
  }

  // in the order in which things were said, a few at a time: the next ones leave when these are known to have arrived
  flush() {
    if (!this.ready || this.socket?.readyState !== WebSocket.OPEN || Date.now() < (this.rest ?? 0)) return;
    const entries = this.outbox.all();
    // two about the same never fly together: the earlier one, refused and sent again, would have the last word
    const busy = new Set(entries.filter((one) => one.about && this.flying.has(one.message.id)).map((one) => one.about));
    for (const entry of entries) {
      if (this.flying.size >= 4) break;
      const { id } = entry.message;
      if (this.flying.has(id) || busy.has(entry.about)) continue;
      if (entry.about) busy.add(entry.about);
      if (!entry.sent) this.outbox.write({ ...entry, sent: true });
      this.flying.set(id, Date.now());
      this.socket.send(JSON.stringify(entry.message));
    }
  }

  // what was said and is not in the state yet: the page shows it as said
  get saying() {
    return [...this.recent, ...this.outbox.all().map((one) => one.message)];
  }

  // what takes longer than anybody notices is told
  get slow() {
    return this.outbox.all().some((one) => Date.now() - one.at > 1_500);
  }

  get waiting() {
    return this.outbox.all().length;
  }

  tell(kind, detail = null) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
