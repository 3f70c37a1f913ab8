/**
 * The configuration file of `--config-file`: etcd's keys, which are the names of the flags, and its sections for
 * certificates, sockets and discovery. Beyond etcd it takes the keys of the sections at the top, lists where etcd takes
 * text with commas, and everything below a key `etcd`. It reads YAML with positions, so that a mistake names its line.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { KNOWN_FLAGS } from '../flags/flag-aliases.js';
import type { FlagValue } from '../flags/go-flags.js';
import { ConfigError } from './config-error.js';
import { type FileSection, SECTIONS } from './config-file-sections.js';
import { fileValue, jsonOf } from './config-file-value.js';

export interface UnknownKey {
  readonly key: string;
  /** `file:line:column`. */
  readonly position: string;
}

export interface ConfigFile {
  /** By flag. */
  readonly values: ReadonlyMap<string, FlagValue>;
  readonly unknown: readonly UnknownKey[];
}

/** Keys that have nothing to say in a file. */
const NOT_IN_FILE: ReadonlySet<string> = new Set(['config-file', 'version']);

/** Of these etcd's structure has a text beside the parsed form, and its messages tell so. */
const JSON_FIELDS: ReadonlySet<string> = new Set([
  'listen-peer-urls',
  'listen-client-urls',
  'listen-client-http-urls',
  'initial-advertise-peer-urls',
  'advertise-client-urls',
  'listen-metrics-urls',
  'cors',
  'host-whitelist',
]);

const ROOT_KEY = 'etcd';

/** Reads a file's text; `path` is for messages. Throws {@link ConfigError}. */
export function parseConfigFile(text: string, path: string): ConfigFile {
  return new ConfigFileReader(text, path).read();
}

class ConfigFileReader {
  readonly #path: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #values = new Map<string, FlagValue>();
  readonly #unknown: UnknownKey[] = [];

  constructor(text: string, path: string) {
    this.#path = path;
    // Of a key that comes twice the last one counts, as in etcd.
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: false,
    });
  }

  read(): ConfigFile {
    const [mistake] = this.#document.errors;
    if (mistake !== undefined) {
      const { line } = this.#lines.linePos(mistake.pos[0]);
      throw new ConfigError(
        `error converting YAML to JSON: yaml: line ${line}: ${mistake.message} (${this.#position(mistake.pos[0])})`,
        1,
      );
    }
    const root = this.#document.contents;
    if (root !== null) {
      const { kind } = jsonOf(root);
      if (isMap(root)) this.#readTop(root as YAMLMap.Parsed);
      else if (kind !== 'null') {
        this.#fail(root, `cannot unmarshal ${kind} into Go value of type embed.configYAML`);
      }
    }
    return { values: this.#values, unknown: this.#unknown };
  }

  #readTop(map: YAMLMap.Parsed): void {
    for (const [key, node, pair] of this.#entries(map)) {
      const section = SECTIONS.get(key);
      if (key === ROOT_KEY && isMap(node)) this.#readTop(node as YAMLMap.Parsed);
      else if (key === ROOT_KEY && jsonOf(node).kind === 'null') continue;
      else if (section !== undefined) this.#readSection(key, section, node);
      else if (NOT_IN_FILE.has(key) || !KNOWN_FLAGS.has(key)) this.#note(key, pair);
      else this.#set(key, node, `configYAML.${JSON_FIELDS.has(key) ? 'configJSON' : 'Config'}.${key}`);
    }
  }

  /** A map of keys with their own names for flags, and maybe further maps. */
  #readSection(path: string, section: FileSection, node: ParsedNode | null): void {
    if (!isMap(node)) {
      const { kind } = jsonOf(node);
      if (kind === 'null') return;
      return this.#fail(
        node!,
        `cannot unmarshal ${kind} into Go struct field configYAML.${section.field} of type ${section.goType}`,
      );
    }
    for (const [key, child, pair] of this.#entries(node as YAMLMap.Parsed)) {
      const target = section.keys.get(key) ?? section.keys.get(key.toLowerCase());
      if (target === undefined) this.#note(`${path}.${key}`, pair);
      else if (typeof target !== 'string') this.#readSection(`${path}.${key}`, target, child);
      else this.#set(target, child, `${section.goType.replace(/^.*\./, '')}.${section.field}.${key}`);
    }
  }

  #set(flag: string, node: ParsedNode | null, field: string): void {
    const spec = KNOWN_FLAGS.get(flag)!;
    const value = fileValue(spec, node, (at, found, wanted) =>
      this.#fail(at, `cannot unmarshal ${found} into Go struct field ${field} of type ${wanted}`),
    );
    if (value !== undefined) this.#values.set(flag, value);
  }

  /** Keys and values, with aliases looked up. */
  *#entries(
    map: YAMLMap.Parsed,
  ): Generator<[string, ParsedNode | null, Pair<ParsedNode, ParsedNode | null>]> {
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const value = isAlias(pair.value) ? pair.value.resolve(this.#document) : pair.value;
      yield [key, (value ?? null) as ParsedNode | null, pair];
    }
  }

  #note(key: string, pair: Pair<ParsedNode, ParsedNode | null>): void {
    this.#unknown.push({ key, position: this.#position(pair.key.range[0]) });
  }

  #position(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#path}:${line}:${col}`;
  }

  #fail(node: ParsedNode, problem: string): never {
    throw new ConfigError(
      `error unmarshaling JSON: while decoding JSON: json: ${problem} (${this.#position(node.range[0])})`,
      1,
    );
  }
}
