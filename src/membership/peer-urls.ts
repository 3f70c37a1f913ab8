/** Which URLs a member may announce to its peers (etcd's `types.NewURLs`). */

const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/i;
const HOST_AND_PORT = /^(?:\[[^\]]*\]|[^:[\]]*):\d*$/;

function isPeerUrl(url: string): boolean {
  const [, scheme, authority, path] = URL_PARTS.exec(url) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'http':
    case 'https':
      return HOST_AND_PORT.test(authority!.slice(authority!.lastIndexOf('@') + 1)) && path === '';
    case 'unix':
    case 'unixs':
      return true;
    default:
      return false;
  }
}

/** Trimmed and sorted; undefined unless there is one at least and all are of a form that peers can be reached by. */
export function parsePeerUrls(urls: readonly string[]): readonly string[] | undefined {
  const trimmed = urls.map((url) => url.trim());
  return trimmed.length > 0 && trimmed.every(isPeerUrl) ? trimmed.sort() : undefined;
}
