/**
 * The vectors' value notation (vectors/README.md) into JavaScript values, and what an arrived value differs in.
 *
 * The partner of tests/conformance/values.py, which reads the same notation into Python's values.
 */

const SPECIAL = { undefined, nan: NaN, inf: Infinity, "-inf": -Infinity, "-0": -0 };

/** What values are made of that React gives: `createElement`, server references, component functions by name. */
export class Notation {
  constructor({ createElement, makeReference, components }) {
    Object.assign(this, { createElement, makeReference, components });
  }

  /** The value of a node. Labels are those of one call. */
  build(node) {
    return this.#value(node, new Map());
  }

  #value(node, labels) {
    if (Array.isArray(node)) return node.map((item) => this.#value(item, labels));
    if (node === null || typeof node !== "object") return node;
    if (node.t in SPECIAL) return SPECIAL[node.t];
    const value = (item) => this.#value(item, labels);
    const bytes = () => new Uint8Array(Buffer.from(node.b64, "base64"));
    const label = (made) => {
      if (node.id !== undefined) labels.set(node.id, made);
      return made;
    };
    switch (node.t) {
      case "same":
        return labels.get(node.id);
      case "bigint":
        return BigInt(node.v);
      case "rep":
        return node.s.repeat(node.n) + (node.end ?? "");
      case "str16":
        return String.fromCharCode(...node.units);
      case "date":
        return new Date(node.v ?? NaN);
      case "symbol":
        return Symbol.for(node.key);
      case "array": {
        const items = label([]);
        for (const item of node.items) items.push(value(item));
        return items;
      }
      case "object": {
        const members = label({});
        for (const [key, item] of node.entries) {
          // Not by assignment: `__proto__` is a member like any other here.
          Object.defineProperty(members, value(key), {
            value: value(item),
            enumerable: true,
            configurable: true,
            writable: true,
          });
        }
        return members;
      }
      case "map": {
        const map = label(new Map());
        for (const [key, item] of node.entries) map.set(value(key), value(item));
        return map;
      }
      case "set": {
        const set = label(new Set());
        for (const item of node.items) set.add(value(item));
        return set;
      }
      case "formdata": {
        const form = label(new FormData());
        for (const [key, item] of node.entries) form.append(value(key), value(item));
        return form;
      }
      case "blob":
        return label(new Blob([bytes()], { type: node.type }));
      case "file":
        return label(new File([bytes()], node.name, { type: node.type }));
      case "typed": {
        const data = bytes();
        if (node.kind === "ArrayBuffer") return label(data.buffer);
        const view = globalThis[node.kind];
        return label(new view(data.buffer, 0, data.byteLength / (view.BYTES_PER_ELEMENT ?? 1)));
      }
      case "serverRef":
        return label(this.makeReference(node.ref));
      case "clientRef":
        return this.components[node.ref];
      case "promise":
        return Promise.resolve(value(node.v));
      case "element": {
        const props = node.key === null ? {} : { key: node.key };
        for (const [name, item] of node.props) props[name] = value(item);
        return label(this.createElement(value(node.type), props));
      }
    }
    throw new Error(`no such node: ${node.t}`);
  }
}

/**
 * Where and how `actual` differs from `expected` after its journey, or null.
 *
 * The journey takes away what React's own takes: members that are undefined or named `__proto__`, invalid dates (null),
 * the names of files; and with `forms`, where it began as a multipart body, the empty type of a blob and newlines in
 * a form's texts. `idOf` gives a server reference's id; `ordered` is false where sets
 * went through Python's, which have no order; `shared` is false where a key with a colon stands in the way of naming.
 */
export async function difference(expected, actual, { idOf, ordered = true, shared = true, forms = false }) {
  const partners = new Map();
  const taken = new Map();

  function isSame(left, right) {
    if (!shared) return true;
    if (partners.has(left)) return partners.get(left) === right;
    if (taken.has(right)) return false;
    partners.set(left, right);
    taken.set(right, left);
    return true;
  }

  async function list(left, right, at) {
    if (left.length !== right.length) return `${at}: ${left.length} items became ${right.length}`;
    for (let index = 0; index < left.length; index++) {
      const found = await differ(left[index], right[index], `${at}[${index}]`);
      if (found) return found;
    }
    return null;
  }

  async function set(left, right, at) {
    if (ordered) return list([...left], [...right], at);
    if (left.size !== right.size) return `${at}: ${left.size} items became ${right.size}`;
    const rest = [...right];
    for (const item of left) {
      let place = -1;
      for (let index = 0; index < rest.length && place < 0; index++) {
        const before = [new Map(partners), new Map(taken)];
        if ((await differ(item, rest[index], at)) === null) {
          place = index;
          break;
        }
        for (const [map, kept] of [[partners, before[0]], [taken, before[1]]]) {
          map.clear();
          for (const [key, value] of kept) map.set(key, value);
        }
      }
      if (place < 0) return `${at}: ${show(item)} is not in the set that arrived`;
      rest.splice(place, 1);
    }
    return null;
  }

  async function blob(left, right, at) {
    const type = left.type === "" && forms ? "application/octet-stream" : left.type;
    if (type !== right.type) return `${at}: the type ${show(type)} became ${show(right.type)}`;
    return list(new Uint8Array(await left.arrayBuffer()), new Uint8Array(await right.arrayBuffer()), at);
  }

  async function members(left, right, at) {
    const keys = Object.keys(left).filter((key) => left[key] !== undefined && key !== "__proto__");
    const arrived = Object.keys(right);
    if (JSON.stringify(keys.toSorted()) !== JSON.stringify(arrived.toSorted())) {
      return `${at}: the members ${JSON.stringify(keys)} became ${JSON.stringify(arrived)}`;
    }
    for (const key of keys) {
      const left_ = key === "then" && typeof left[key] === "function" ? null : left[key];
      const found = await differ(left_, right[key], `${at}[${JSON.stringify(key)}]`);
      if (found) return found;
    }
    return null;
  }

  async function element(left, right, at) {
    return (
      (await differ(left.type, unwrapped(right.type), `${at}.type`)) ??
      (await differ(left.key, right.key, `${at}.key`)) ??
      (await members(left.props, right.props, `${at}.props`))
    );
  }

  async function differ(left, right, at) {
    if (left instanceof Date && Number.isNaN(left.getTime())) left = null;
    if (left === null || typeof left !== "object") {
      if (typeof left === "function" && typeof right === "function" && left !== right) {
        const [sent, came] = [idOf(left), idOf(right)];
        return sent === came ? null : `${at}: the reference ${show(sent)} became ${show(came)}`;
      }
      return Object.is(left, right) ? null : `${at}: ${show(left)} became ${show(right)}`;
    }
    if (right === null || typeof right !== "object") return `${at}: ${show(left)} became ${show(right)}`;
    if (left.$$typeof !== undefined) {
      const lazy = unwrapped(right);
      return lazy.$$typeof === left.$$typeof ? element(left, lazy, at) : `${at}: an element became ${show(lazy)}`;
    }
    const [kind, became] = [kindOf(left), kindOf(right)];
    if (typeof left.then === "function" && left instanceof Promise) {
      return typeof right.then === "function" ? differ(await left, await right, `${at}.then`) : `${at}: no promise`;
    }
    if (kind !== became) return `${at}: a ${kind} became a ${became}`;
    if (left instanceof Date) return differ(left.getTime(), right.getTime(), at);
    if (kind === "Blob") return blob(left, right, at);
    if (left instanceof ArrayBuffer) return list(new Uint8Array(left), new Uint8Array(right), at);
    if (left instanceof DataView) return list(new Uint8Array(left.buffer), bytesOf(right), at);
    if (ArrayBuffer.isView(left)) return list(left, right, at);
    if (!isSame(left, right)) return `${at}: what was one object is not, or what was not is`;
    if (left instanceof Map) return list([...left], [...right], at);
    if (left instanceof Set) return set(left, right, at);
    if (left instanceof FormData) return list(forms ? asSubmitted(left) : [...left], [...right], at);
    if (Array.isArray(left)) return list(left, right, at);
    if (![Object.prototype, null].includes(Object.getPrototypeOf(right))) return `${at}: not a plain object`;
    return members(left, right, at);
  }

  return differ(expected, actual, "$");
}

/** What a lazy node that has loaded stands for. */
export function unwrapped(value) {
  while (value?.$$typeof === Symbol.for("react.lazy")) value = value._init(value._payload);
  return value;
}

/** The entries of a form as a body has them: every newline is CRLF there, and `%22` in a name a quote (A10). */
function asSubmitted(form) {
  const text = (value) => (typeof value === "string" ? value.replace(/\r\n|\r|\n/g, "\r\n") : value);
  const name = (value) => text(value).replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  return Array.from(form, ([key, value]) => [name(key), text(value)]);
}

function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** The name of a value's class, whatever its own member `constructor` says. A File arrives as a Blob. */
function kindOf(value) {
  const name = Object.getPrototypeOf(value)?.constructor.name;
  return name === "File" ? "Blob" : name;
}

function show(value) {
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "object" && value !== null) return `a ${kindOf(value)}`;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length})` : text;
}
