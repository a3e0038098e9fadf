/** One element of an XML text: its attributes and its text are decoded. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const TOKEN = /<\?xml [^?]*\?>|<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/**
 * Reads the XML that the reports are written in, strictly: what is not well formed is an error. It knows no comments,
 * sections or document types, because the reports have none.
 */
export function scanXml(xml: string): XmlElement {
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let token = TOKEN.exec(xml); token !== null; token = TOKEN.exec(xml)) {
    end = TOKEN.lastIndex;
    const [, closing, name, attributes = "", alone, text] = token;
    const parent = open.at(-1)!;
    if (text !== undefined) parent.text += decode(text);
    else if (name !== undefined && closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
    } else if (name !== undefined) {
      const element = { name, attributes: attributesOf(attributes), children: [], text: "" };
      parent.children.push(element);
      if (alone !== "/") open.push(element);
    }
  }
  if (end !== xml.length) throw new Error(`not well formed: ${xml.slice(end, end + 60)}`);
  if (open.length !== 1 || root.children.length !== 1) throw new Error("not one closed element");
  return root.children[0]!;
}

/** Every element of this name, wherever it stands. */
export function elementsNamed(element: XmlElement, name: string): XmlElement[] {
  return [
    ...(element.name === name ? [element] : []),
    ...element.children.flatMap((child) => elementsNamed(child, name)),
  ];
}

function attributesOf(text: string): Record<string, string> {
  const entries = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, decode(value)] as const,
  );
  if (new Set(entries.map(([name]) => name)).size !== entries.length)
    throw new Error(`an attribute is there twice: ${text}`);
  return Object.fromEntries(entries);
}

/** What XML 1.0 cannot hold: controls but tab and line ends, surrogates without their half, two non-characters. */
const FORBIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

function decode(text: string): string {
  if (FORBIDDEN.test(text)) throw new Error("a character that XML cannot hold");
  return text.replaceAll(/&[^;]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) throw new Error(`unknown entity ${entity}`);
    return character;
  });
}
