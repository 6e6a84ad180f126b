// Weighing codes, as `orchestrion.kpis.weighing_codes` writes and reads them (its docstring is the format).
const codes = (() => {
  const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const LARGEST = 9_999_999; // hundredths of a euro
  const LONGEST_NAME = 40; // bytes

  const crc16 = (bytes) => {
    let crc = 0xffff;
    for (const byte of bytes) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    return crc;
  };
  const fromHex = (text) => text.match(/../g).map((pair) => parseInt(pair, 16));
  const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const base32 = (bytes) => {
    let out = "";
    let held = 0;
    let bits = 0;
    for (const byte of bytes) {
      held = (held << 8) | byte;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out += SIGNS[(held >> bits) & 31];
      }
      held &= (1 << bits) - 1;
    }
    return bits ? out + SIGNS[(held << (5 - bits)) & 31] : out;
  };
  const unbase32 = (signs) => {
    const out = [];
    let held = 0;
    let bits = 0;
    for (const sign of signs.toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1")) {
      const value = SIGNS.indexOf(sign);
      if (value < 0) return null;
      held = (held << 5) | value;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        out.push(held >> bits);
      }
      held &= (1 << bits) - 1;
    }
    return bits < 5 && held === 0 ? out : null;
  };

  // a name without what cannot be seen, cut at LONGEST_NAME bytes, never inside a letter
  const nameBytes = (name) => {
    const encoder = new TextEncoder();
    const out = [];
    for (const sign of name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, "").trim()) {
      const bytes = encoder.encode(sign);
      if (out.length + bytes.length > LONGEST_NAME) break;
      out.push(...bytes);
    }
    return [...encoder.encode(new TextDecoder().decode(new Uint8Array(out)).trim())];
  };

  // places: {departments: [keys], criteria: [keys]}, in the order of the product's own lists
  const encode = (told, places) => {
    const bytes = [...fromHex(told.study), ...fromHex(told.person)];
    bytes.push(places.departments.indexOf(told.department) + 1);
    const cents = places.criteria.map((key) => Math.round(100 * (told.prices[key] ?? 0)));
    const which = cents.reduce((mask, price, place) => (price ? mask | (1 << place) : mask), 0);
    bytes.push(which & 255, which >> 8);
    for (let price of cents.filter(Boolean)) {
      if (!(price > 0 && price <= LARGEST)) throw new RangeError("price");
      while (price > 127) {
        bytes.push((price & 127) | 128);
        price >>= 7;
      }
      bytes.push(price);
    }
    const name = nameBytes(told.name ?? "");
    bytes.push(name.length, ...name);
    const crc = crc16(bytes);
    bytes.push(crc >> 8, crc & 255);
    return ["OW1", ...base32(bytes).match(/.{1,5}/g)].join("-");
  };

  const read = (bytes, places) => {
    const place = bytes[6];
    const which = bytes[7] | (bytes[8] << 8);
    if (place > places.departments.length || which >> places.criteria.length) throw new Error("content");
    let at = 9;
    const prices = {};
    places.criteria.forEach((key, bit) => {
      if (!((which >> bit) & 1)) return;
      let cents = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at];
        if (byte === undefined) throw new Error("content");
        at += 1;
        cents += (byte & 127) * scale;
        if (byte < 128) break;
      }
      prices[key] = cents / 100;
      if (cents > LARGEST) throw new Error("content");
    });
    const raw = bytes.slice(at + 1);
    if (bytes[at] !== raw.length) throw new Error("content");
    let name;
    try {
      name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(raw));
    } catch {
      throw new Error("content");
    }
    if (toHex(nameBytes(name)) !== toHex(raw)) throw new Error("content");
    return {
      study: toHex(bytes.slice(0, 3)),
      person: toHex(bytes.slice(3, 6)),
      department: place ? places.departments[place - 1] : "",
      prices,
      name,
    };
  };

  // throws an Error whose message is the reason: shape, version, checksum, study, content
  const decode = (code, study, places) => {
    const found = /^OW(\d+)((?:[-\u2010\u2011\u2013\u2014](?:[^\S\n]*\n\s*)?[0-9A-Z]{1,5})+)$/i.exec(code.trim());
    if (!found) throw new Error("shape");
    if (found[1] !== "1") throw new Error("version");
    const bytes = unbase32(found[2].replace(/[-\u2010\u2011\u2013\u2014\s]/g, ""));
    if (!bytes) throw new Error("shape");
    if (bytes.length < 12 || crc16(bytes.slice(0, -2)) !== ((bytes.at(-2) << 8) | bytes.at(-1))) throw new Error("checksum");
    if (toHex(bytes.slice(0, 3)) !== study) throw new Error("study");
    return read(bytes.slice(0, -2), places);
  };

  // the codes in a text, mails and signatures around them and lines broken after a hyphen included
  const find = (text) =>
    [...text.matchAll(/\bOW\d+(?:[-\u2010\u2011\u2013\u2014](?:[^\S\n]*\n\s*)?[0-9A-Z]{1,5})+(?![0-9A-Z])/gi)].map((found) =>
      found[0].replace(/[-\u2010\u2011\u2013\u2014]\s*/g, "-").toUpperCase(),
    );

  return { encode, decode, find, crc16 };
})();
