// Tables of grids in the browser: the template, and one row taken out of an export. Pure.
const BOM = '\uFEFF';

// CSV as the program writes it (RFC 4180): the rows as they stand in the text, ends of lines included, and their first cell.
export function* csvRows(text: string): Generator<{ raw: string; first: string }> {
  for (let start = 0; start < text.length; ) {
    let quoted = false;
    let at = start;
    for (; at < text.length; at++) {
      const sign = text[at];
      if (sign === '"') quoted = !quoted;
      else if (sign === '\n' && !quoted) break;
    }
    const raw = text.slice(start, at + 1);
    const cell = /^"((?:[^"]|"")*)"|^[^,\r\n]*/.exec(raw)!;
    yield { raw, first: cell[1] === undefined ? cell[0] : cell[1].replaceAll('""', '"') };
    start = at + 1;
  }
}

// The code's own row only: a header is never taken, a formula's apostrophe is the program's.
export function withoutCode(csv: string, code: string): string {
  const mark = csv.startsWith(BOM) ? BOM : '';
  const [header, ...rows] = csvRows(csv.slice(mark.length));
  return mark + (header?.raw ?? '') + rows.filter(({ first }) => first !== code && first !== `'${code}`).map(({ raw }) => raw).join('');
}

const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function csvOf(rows: readonly (readonly string[])[]): string {
  return BOM + rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

// For people who have no table yet; Chinese headings in every language: offices pass the file on.
export const template = () =>
  csvOf([
    ['编码', '层级', '名称', '上级编码', '别名', '地点', '边界'],
    ['QX', '街道', '清溪河街道', '', '清溪河', '', ''],
    ['QX01', '社区', '荷塘社区', 'QX', '荷塘', '荷塘北街、荷塘菜市场', ''],
    ['QX0101', '微网格', '荷塘苑第1微网格', 'QX01', '荷塘苑一期', '荷塘苑1栋、荷塘苑2栋、荷塘苑3栋', ''],
  ]);
