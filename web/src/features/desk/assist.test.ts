import { expect, test } from 'vitest';
import { readCanned, readProposed } from './assist';

test.each([[undefined], [null], ['oops'], [{}], [{ text: '  ' }], [{ text: 7, sources: 'x' }]])('%j is no draft', (answer) => expect(readProposed(answer)).toBeNull());
test('a draft from knowledge, and one of a model', () => {
  expect(readProposed({ text: '请打 96518', sources: [{ id: 'kno_1', title: '停水' }, {}, null], kind: 'knowledge', private: false })).toEqual({
    text: '请打 96518', sources: [{ id: 'kno_1', title: '停水', link: null }], machine: false, private: false, quotes: null,
  });
  expect(readProposed({ text: '您好', kind: 'model', private: true, quotes: 'msg_1' })).toMatchObject({ machine: true, private: true, quotes: 'msg_1', sources: [] });
});
test('ready-made words', () => {
  expect(readCanned({ replies: [{ title: '收到', text: '{称呼}，收到' }, { title: '空', text: '' }, null], revision: 3 })).toEqual([{ title: '收到', text: '{称呼}，收到' }]);
  expect(readCanned(null)).toEqual([]);
});
