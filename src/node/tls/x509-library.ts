/**
 * The library that makes certificates, loaded only by members that make one. It brings a
 * container for dependency injection, which asks for a part of a proposed standard, metadata of classes, that Node.js
 * does not have. Here is as much of that as it uses.
 */

export type X509Library = typeof import('@peculiar/x509');

type Metadata = Map<unknown, unknown>;

interface MetadataReflection {
  defineMetadata(key: unknown, value: unknown, target: object): void;
  getOwnMetadata(key: unknown, target: object): unknown;
  getMetadata(key: unknown, target: object): unknown;
  hasOwnMetadata(key: unknown, target: object): boolean;
  hasMetadata(key: unknown, target: object): boolean;
}

function makeReflection(): MetadataReflection {
  const known = new WeakMap<object, Metadata>();
  const holderOf = (key: unknown, target: object): Metadata | undefined => {
    for (
      let each: object | null = target;
      each !== null;
      each = Object.getPrototypeOf(each) as object | null
    ) {
      const metadata = known.get(each);
      if (metadata?.has(key) === true) return metadata;
    }
    return undefined;
  };
  return {
    defineMetadata(key, value, target) {
      const metadata = known.get(target) ?? new Map<unknown, unknown>();
      known.set(target, metadata.set(key, value));
    },
    getOwnMetadata: (key, target) => known.get(target)?.get(key),
    getMetadata: (key, target) => holderOf(key, target)?.get(key),
    hasOwnMetadata: (key, target) => known.get(target)?.has(key) === true,
    hasMetadata: (key, target) => holderOf(key, target) !== undefined,
  };
}

export async function loadX509Library(): Promise<X509Library> {
  const reflect = Reflect as unknown as Partial<MetadataReflection>;
  if (reflect.getMetadata === undefined) Object.assign(reflect, makeReflection());
  return import('@peculiar/x509');
}
