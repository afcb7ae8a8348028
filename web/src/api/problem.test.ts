import { expect, test } from 'vitest';
import { Refusal, refusalOf, words } from './problem';

const t = (key: string, args?: Record<string, unknown>) => (args ? `${key} ${Object.values(args)}` : key);

test("the program's own words come first", () => {
  const refusal = refusalOf(new Response(null, { status: 409 }), {
    code: 'already_decided', title: '李敏已确认', remedy: '看看现在的样子', args: { who: '李敏' },
  });
  expect(refusal).toMatchObject({ code: 'already_decided', status: 409, unreachable: false });
  expect(words(refusal, t)).toEqual({ title: '李敏已确认', remedy: '看看现在的样子' });
});
test('an answer without words gets ours', () => {
  expect(words(refusalOf(new Response(null, { status: 500 }), '<html>'), t).title).toBe('error.refused 500');
});
test('no network, or a gateway without the program: what to look at', () => {
  expect(words(new Refusal('unreachable', 0), t).title).toBe('error.unreachable');
  expect(words(refusalOf(new Response(null, { status: 502 }), undefined), t).title).toBe('error.unreachable');
});
test('a server behind the program refused: that is what is said', () => {
  const refused = refusalOf(new Response(null, { status: 502 }), { code: 'model_server_refused', title: '401', remedy: 'the key' });
  expect(words(refused, t)).toEqual({ title: '401', remedy: 'the key' });
  expect(refused.unreachable).toBe(false);
});
test('a bug shows no stack', () => {
  expect(words(new TypeError('x is undefined'), t).title).toBe('error.unknown');
});
