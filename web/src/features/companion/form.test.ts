import { expect, test } from 'vitest';
import { bodyOf, draftOf, faults, topicsOf, type CompanionRules } from './form';

const rules: CompanionRules = {
  on: true, when: 'off_hours', groups: ['grp_b', 'grp_a'], prepares: true, topics: ['拆迁', '选举'], machine: '小邻',
  mark: '机器自动答复，未经人工审核', phones: { gas: '96777' }, writable: [],
};

test('what is not changed is sent as it is, in one order', () => {
  expect(bodyOf(draftOf(rules))).toEqual({ on: true, when: 'off_hours', groups: ['grp_a', 'grp_b'], prepares: true, topics: ['拆迁', '选举'], machine: '小邻', mark: rules.mark, phones: { gas: '96777' } });
  expect(faults(draftOf(rules))).toEqual({});
});
test('topics stand one a line, or with commas as people write them, each once', () => {
  expect(topicsOf('拆迁\n 选举 ，拆迁、\n')).toEqual(['拆迁', '选举']);
});
test('what is wrong is said at its field', () => {
  const draft = draftOf(rules);
  const wrong = [
    [{ topics: '拆' }, { topics: true }],
    [{ machine: ' ' }, { machine: true }],
    [{ mark: '机器' }, { mark: true }],
    [{ phones: { ...draft.phones, water: '打给小王', gas: '028-8888 0000' } }, { phones: ['water'] }],
  ] as const;
  for (const [change, said] of wrong) expect(faults({ ...draft, ...change })).toEqual(said);
});
