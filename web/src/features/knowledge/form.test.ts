import { describe, expect, test } from 'vitest';
import type { KnowledgeEntry } from '@/api/types';
import { bodyOf, draftOf, emptyDraft, faultsOf, inputOf, standing, type EntryDraft } from './form';

const entry: KnowledgeEntry = {
  id: 'know_1', state: 'published', title: '停水', questions: ['没水了', '水停了'], answer: '看通知',
  sources: [{ title: '手册（演示）', office: null, link: 'https://example.org' }],
  grid: { id: 'grid_1', code: 'a', level: 'community', name: '荷塘社区' }, category: 'water_outage',
  valid_from: null, valid_to: '2026-12-31', valid: true, review_on: null, due: false, owner: null, revision: 3,
  changed_at: '2026-11-28T00:00:00Z', changed_by: null, may_change: true,
};

test('an entry goes into the form and comes back as it was', () => {
  expect(inputOf(entry)).toEqual({
    title: '停水', questions: ['没水了', '水停了'], answer: '看通知', sources: [{ title: '手册（演示）', office: null, link: 'https://example.org' }],
    grid_id: 'grid_1', category: 'water_outage', valid_from: null, valid_to: '2026-12-31', review_on: null, owner_id: null, state: 'published',
  });
  expect(inputOf({ ...entry, state: 'withdrawn', grid: null })).toMatchObject({ state: 'draft', grid_id: null });
});

test('blank lines and rows say nothing', () => {
  const draft = { ...draftOf(entry), questions: '\n 没水了 \n\n', sources: [{ title: '  ', office: '', link: '' }] };
  expect(bodyOf(draft, 'draft')).toMatchObject({ questions: ['没水了'], sources: [] });
});

describe('what is wrong is named', () => {
  const good = draftOf(entry);
  const rows: [Partial<EntryDraft>, 'draft' | 'published', string[]][] = [
    [{}, 'published', []],
    [{ title: ' ' }, 'draft', ['title']],
    [{ answer: '' }, 'draft', ['answer']],
    [{ questions: 'x'.repeat(121) }, 'draft', ['questions']],
    [{ questions: Array.from({ length: 31 }, (_, n) => `q${n}`).join('\n') }, 'draft', ['questions']],
    [{ grid: '' }, 'draft', ['grid']],
    [{ grid: '', everywhere: true }, 'draft', []],
    [{ sources: [] }, 'draft', []],
    [{ sources: [] }, 'published', ['sources']],
    [{ sources: [{ title: '', office: '社区', link: '' }] }, 'published', ['source']],
    [{ sources: [{ title: 'a', office: '', link: 'javascript:alert(1)' }] }, 'published', ['link']],
    [{ validFrom: '2027-01-01' }, 'draft', ['days']],
  ];
  test.each(rows)('%o as %s', (change, state, faults) => {
    expect([...faultsOf({ ...good, ...change }, state)]).toEqual(faults);
  });
  test('an empty form', () => {
    expect([...faultsOf(emptyDraft(), 'published')]).toEqual(['title', 'answer', 'grid', 'sources']);
  });
});

test.each([
  [{}, 'published'],
  [{ due: true }, 'due'],
  [{ state: 'draft', due: true }, 'draft'],
  [{ state: 'withdrawn', valid: false }, 'withdrawn'],
  [{ valid: false, valid_to: '2026-01-01', due: true }, 'expired'],
  [{ valid: false, valid_from: '2027-01-01' }, 'future'],
] as [Partial<KnowledgeEntry>, string][])('%o stands as %s', (change, says) => {
  expect(standing({ ...entry, ...change }, '2026-11-28')).toBe(says);
});
