// Building the page: elements from plain values, and making the shown ones equal to them without losing focus or typing.
// Text goes in as text, never as markup, whoever wrote it.
const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["value", "checked", "disabled", "readOnly"]);

const listen = (event) => event.currentTarget.handlers?.[event.type]?.(event);

const fill = (element, props, children) => {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      element.handlers = value;
      for (const type of Object.keys(value)) element.addEventListener(type, listen);
    } else if (name === "vars") {
      for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one); // not an inline style: CSSOM
    } else if (name === "key") element.dataset.key = value;
    else if (AS_PROPERTY.has(name) && name in element) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  if (element.localName === "select" && props?.value !== undefined) element.value = props.value;
  return element;
};
const add = (element, children) => {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false) element.append(String(child));
  }
};

export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
export const s = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

const alike = (a, b) =>
  a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.dataset?.key === b.dataset?.key && a.id === b.id;

const dress = (old, fresh) => {
  for (const { name } of [...old.attributes]) {
    // what a reader has opened stays open
    if (name !== "style" && name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name === "style" || (name === "open" && old.localName === "details")) continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.style && old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  for (const type of Object.keys(fresh.handlers ?? {})) {
    if (!old.handlers?.[type]) old.addEventListener(type, listen);
  }
  old.handlers = fresh.handlers;
};

const settle = (old, fresh) => {
  if ("disabled" in fresh && old.disabled !== fresh.disabled) old.disabled = fresh.disabled;
  if (fresh.type === "checkbox" || fresh.type === "radio") old.checked = fresh.checked;
  // what somebody is typing is theirs until they leave the field
  else if (["input", "textarea", "select"].includes(fresh.localName) && old !== document.activeElement) {
    if (old.value !== fresh.value) old.value = fresh.value;
  }
};

export const morph = (old, fresh) => {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return old;
  }
  dress(old, fresh);
  children(old, [...fresh.childNodes]);
  settle(old, fresh);
  return old;
};

const children = (parent, wanted) => {
  let next = parent.firstChild;
  for (const fresh of wanted) {
    let found = next;
    while (found && !alike(found, fresh)) found = found.nextSibling;
    if (found) {
      // whoever stands before it has gone, unless it has a key and may be wanted later
      while (next !== found) {
        const gone = next;
        next = next.nextSibling;
        const later = gone.dataset?.key && wanted.some((one) => alike(gone, one));
        if (later) parent.append(gone);
        else gone.remove();
      }
      next = found.nextSibling;
      morph(found, fresh);
    } else parent.insertBefore(fresh, next);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
};

export const show = (root, ...content) => {
  const fresh = h("div", {});
  add(fresh, content);
  children(root, [...fresh.childNodes]);
};
