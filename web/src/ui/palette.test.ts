import { expect, test } from 'vitest';
import { find, type Entry } from './palette';

const entry = (kind: Entry['kind'], name: string, more?: string): Entry => ({ id: name, kind, name, more, run: () => {} });
const all = [
  entry('page', '值班'), entry('action', '答复'), entry('page', 'Duty roster'),
  entry('lead', '天花板在滴水', '漏水渗水 锦苑3栋 荷塘苑邻里群'), entry('lead', '3栋停电', '停电用电 荷塘苑邻里群'), entry('lead', '荷塘边路灯不亮', '路灯'),
];
const names = (written: string) => find(all, written).map((each) => each.name);

test('nothing written: actions and pages', () => expect(names(' ')).toEqual(['答复', '值班', 'Duty roster']));
test.each([
  ['滴水', ['天花板在滴水']],
  ['荷塘', ['荷塘边路灯不亮', '天花板在滴水', '3栋停电']], // the name that begins with it first
  ['荷塘 停电', ['3栋停电']],
  ['3栋', ['3栋停电', '天花板在滴水']],
  ['DUTY', ['Duty roster']],
  ['电梯', []],
])('%s finds %j', (written, found) => expect(names(written)).toEqual(found));
test('never more than fit', () => expect(find(Array.from({ length: 500 }, (_, n) => entry('lead', `漏水 ${n}`)), '漏水')).toHaveLength(30));
