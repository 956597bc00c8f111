// @ts-check

/**
 * The element of the page with an id, which must be of a type.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${id}"`);
  return found;
}

/**
 * All text goes through `textContent`: nothing that a name holds is taken for markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {string} [text]
 * @param {string} [className]
 */
export function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, string | number | boolean>>} attributes
 */
export function svgElement(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/**
 * A button that looks like a link.
 * @param {string | undefined} text
 * @param {() => void} act
 */
export function link(text, act) {
  const made = element("button", text, "link");
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/**
 * @param {string} label For screen readers.
 * @param {() => void} act
 */
export function closeButton(label, act) {
  const made = element("button", "×", "close");
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}
