// The outbox: what somebody says is written down on their own device first, each thing under an id of its own, and
// leaves it when the server has said that it knows. Sent twice it counts once; closed, reloaded or offline it stays.
// One key for each thing, so that two tabs of one person never write over each other.
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
// crypto.randomUUID is only there on https and loopback: a phone on the shop's network has neither
export const newId = () => hex(crypto.getRandomValues(new Uint8Array(16)));

const storage = (() => {
  try {
    localStorage.setItem("orchestrion.try", "1");
    localStorage.removeItem("orchestrion.try");
    return localStorage;
  } catch {
    const held = new Map(); // a browser that keeps nothing: good until the page is closed
    return {
      getItem: (key) => held.get(key) ?? null,
      setItem: (key, value) => held.set(key, value),
      removeItem: (key) => held.delete(key),
      key: (i) => [...held.keys()][i] ?? null,
      get length() {
        return held.size;
      },
    };
  }
})();

export const kept = {
  get: (key) => storage.getItem(`orchestrion.${key}`),
  set: (key, value) => {
    try {
      storage.setItem(`orchestrion.${key}`, value);
      return true;
    } catch {
      return false; // full
    }
  },
  remove: (key) => storage.removeItem(`orchestrion.${key}`),
};

export class Outbox {
  constructor(token) {
    this.prefix = `orchestrion.out.${token.slice(0, 12)}.`;
    this.count = 0;
    this.spare = new Map(); // where the device keeps nothing more
  }

  all() {
    const found = [...this.spare.values()];
    for (let i = 0; i < storage.length; i += 1) {
      const key = storage.key(i);
      if (!key.startsWith(this.prefix)) continue;
      try {
        found.push(JSON.parse(storage.getItem(key)));
      } catch {
        storage.removeItem(key);
      }
    }
    return found.sort((a, b) => a.at - b.at || a.n - b.n);
  }

  // `about`: a later thing said about the same replaces the earlier one, as long as that has never been sent
  put(message, about = "") {
    if (about) {
      const earlier = this.all().find((one) => one.about === about && !one.sent);
      if (earlier) {
        const merged = message.weights ? { ...message, weights: { ...earlier.message.weights, ...message.weights } } : message;
        this.write({ ...earlier, message: { ...merged, id: earlier.message.id } });
        return earlier.message.id;
      }
    }
    const id = newId();
    this.count += 1;
    this.write({ at: Date.now(), n: this.count, about, sent: false, message: { ...message, id } });
    return id;
  }

  write(entry) {
    const key = this.prefix + entry.message.id;
    try {
      storage.setItem(key, JSON.stringify(entry));
      this.spare.delete(entry.message.id);
    } catch {
      this.spare.set(entry.message.id, entry);
    }
  }

  take(id) {
    const found = this.all().find((one) => one.message.id === id);
    storage.removeItem(this.prefix + id);
    this.spare.delete(id);
    return found?.message;
  }
}
