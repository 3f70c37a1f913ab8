/** The file is not what the format allows. `page` is where; `message` names it and the offset in the file. */
export class CorruptBoltError extends Error {
  override readonly name = 'CorruptBoltError';
  readonly page: number;

  constructor(page: number, pageBytes: number, detail: string) {
    super(`page ${page} (offset ${page * pageBytes}): ${detail}`);
    this.page = page;
  }
}
