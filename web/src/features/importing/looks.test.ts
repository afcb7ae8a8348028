import { describe, expect, it } from 'vitest';
import { choiceOf, minutesAgo, timeLeft } from './looks';

const t = (key: string, args?: Record<string, unknown>) => `${key} ${String(args?.n)}`;

describe('what a person says about a file', () => {
  it('leaves out what was not said', () => {
    expect(choiceOf({ format: '', encoding: '', columns: { time: '' }, me: ' ' })).toEqual({});
    expect(choiceOf({ format: 'table', encoding: 'gb18030', columns: { time: '时间', name: '' }, me: ' 小周 ' })).toEqual({
      format: 'table', encoding: 'gb18030', columns: { time: '时间' }, me: '小周',
    });
  });
});

describe('the time that is left', () => {
  it.each([[0, 'importing.seconds 1'], [3, 'importing.seconds 5'], [89, 'importing.seconds 90'], [90, 'importing.minutes 2'], [121, 'importing.minutes 3']])(
    '%i s', (seconds, words) => expect(timeLeft(seconds, t)).toBe(words),
  );
});

it('minutes ago', () => expect(minutesAgo(5, Date.parse('2026-11-28T12:00:00Z'))).toBe('2026-11-28T11:55:00.000Z'));
