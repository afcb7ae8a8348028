import { expect, test } from 'vitest';
import { differences, type Refined } from './proposal';

const lead = { category: 'water_leak', urgency: 3, place: null, summary: '漏水' };
const refined = (over: object) => ({ category: 'water_leak', urgency: 3, place: '', summary: '漏水', ...over }) as unknown as Refined;

test.each([
  ['nothing proposed', null, []],
  ['the same', refined({}), []],
  ['a place', refined({ place: '3栋' }), [{ field: 'place', from: '', to: '3栋' }]],
  ['more urgent, other words', refined({ urgency: 2, summary: '天花板漏水' }), [{ field: 'urgency', from: 3, to: 2 }, { field: 'summary', from: '漏水', to: '天花板漏水' }]],
])('%s', (_, proposed, all) => expect(differences(lead, proposed)).toEqual(all));
test('a place that the model did not hear is kept', () => expect(differences({ ...lead, place: '3栋' }, refined({}))).toEqual([]));
