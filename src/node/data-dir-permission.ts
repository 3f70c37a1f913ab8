import { statSync } from 'node:fs';

/** What is wrong with the directory's permissions, in etcd's words; undefined if only the owner may use it. */
export function dirPermissionProblem(dir: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const mode = statSync(dir).mode & 0o777;
  if (mode === 0o700) return undefined;
  const text = `d${'rwxrwxrwx'.replace(/./g, (letter, i: number) => ((mode >> (8 - i)) & 1 ? letter : '-'))}`;
  return (
    `directory "${dir}" exist, but the permission is "${text}". The recommended permission is "-rwx------" ` +
    'to prevent possible unprivileged access to the data'
  );
}
