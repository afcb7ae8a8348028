// Numbers as people write them down: one a line, the name first ("居委会 028-1234567").
export interface Phone {
  name: string;
  number: string;
}

export const MOST = 10;
const LINE = /^(.{1,40}?)[\s:：]+([+\d][\d\s-]{1,30}\d)$/u;

// None: a line is no name with a number, or there are too many.
export function read(text: string): Phone[] | undefined {
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean);
  const phones = lines.map((line) => LINE.exec(line)).map((found) => found && { name: found[1]!, number: found[2]! });
  return phones.length <= MOST && phones.every((each) => each !== null) ? phones : undefined;
}

export const write = (phones: readonly Phone[]): string => phones.map(({ name, number }) => `${name} ${number}`).join('\n');
