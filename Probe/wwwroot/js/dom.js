// Building and updating elements. Text always goes in as text: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = id => document.getElementById(id);

/** An HTML element: `h("td", { class: "num" }, "12 ms")`. */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(child => child != null && child !== false));
  return element;
}

/** Sets an element's text only when it differs, so that live regions don't speak without need. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/**
 * Makes the children of `parent` mirror `items`: one element per key, kept while its key stays, so that focus,
 * an opened detail and a selection survive an update.
 */
export function mirror(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map(child => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = String(keyOf(item));
    let element = known.get(key);
    if (element) {
      known.delete(key);
    } else {
      element = create(item);
      element.dataset.key = key;
    }
    const expected = before ? before.nextElementSibling : parent.firstElementChild;
    if (expected !== element) parent.insertBefore(element, expected);
    update?.(element, item);
    before = element;
  }
  for (const element of known.values()) element.remove();
}
