import { describe, expect, test } from 'vitest';
import { KeyReader, type KeyLike } from './keys';

const commands = new Set(['c', 'd', '?', '/', 'Enter', 'ArrowDown', 'g l', 'g c', 'Escape']);
const key = (name: string, over: Partial<KeyLike> = {}): KeyLike => ({
  key: name, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, keyCode: 0, target: document.body, ...over,
});
const read = (event: KeyLike) => new KeyReader().read(event, commands, 0);
function element(html: string): HTMLElement {
  const box = document.createElement('div');
  box.innerHTML = html;
  document.body.append(box);
  return box.querySelector<HTMLElement>('[data-it]')!;
}

test('a letter is a command, in either case', () => {
  expect(read(key('c'))).toBe('c');
  expect(read(key('C'))).toBe('c');
  expect(read(key('x'))).toBeUndefined();
});

test('with Shift it may mean more; where it does not it means the same', () => {
  const more = new Set([...commands, 'Shift+d']);
  expect(new KeyReader().read(key('D', { shiftKey: true }), more, 0)).toBe('Shift+d');
  expect(new KeyReader().read(key('C', { shiftKey: true }), more, 0)).toBe('c');
  expect(new KeyReader().read(key('D', { shiftKey: true, isComposing: true }), more, 0)).toBeUndefined();
});

describe('nothing happens while somebody writes', () => {
  test.each(['<input data-it>', '<textarea data-it></textarea>', '<select data-it></select>', '<input type="search" data-it>'])(
    'in %s',
    (html) => expect(read(key('c', { target: element(html) }))).toBeUndefined(),
  );
  test('while pinyin is composed, wherever the focus is', () => {
    expect(read(key('c', { isComposing: true }))).toBeUndefined();
    expect(read(key('Process', { keyCode: 229 }))).toBeUndefined();
    expect(read(key('c', { keyCode: 229 }))).toBeUndefined();
  });
  test('with Ctrl, Meta or Alt: those belong to the browser', () => {
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey']) expect(read(key('c', { [modifier]: true }))).toBeUndefined();
  });
});

test('Ctrl+K, from a field too, but not while pinyin is composed', () => {
  const withPalette = new Set([...commands, 'Ctrl+k']);
  const press = (over: Partial<KeyLike>) => new KeyReader().read(key('k', over), withPalette, 0);
  expect(press({ ctrlKey: true })).toBe('Ctrl+k');
  expect(press({ metaKey: true, target: element('<textarea data-it></textarea>') })).toBe('Ctrl+k');
  expect(press({ ctrlKey: true, isComposing: true })).toBeUndefined();
  expect(press({ ctrlKey: true, keyCode: 229 })).toBeUndefined();
  expect(press({ ctrlKey: true, altKey: true })).toBeUndefined();
  expect(press({})).toBeUndefined();
});

test('checkboxes take no letters, so letters work there', () => {
  expect(read(key('c', { target: element('<input type="checkbox" data-it>') }))).toBe('c');
});
test('Enter belongs to a focused button or link', () => {
  expect(read(key('Enter'))).toBe('Enter');
  expect(read(key('Enter', { target: element('<button data-it></button>') }))).toBeUndefined();
  expect(read(key('Enter', { target: element('<a href="/x"><span data-it></span></a>') }))).toBeUndefined();
});
test('arrows belong to what scrolls and slides', () => {
  expect(read(key('ArrowDown'))).toBe('ArrowDown');
  expect(read(key('ArrowDown', { target: element('<div role="region" data-it></div>') }))).toBeUndefined();
  expect(read(key('ArrowDown', { target: element('<input type="range" data-it>') }))).toBeUndefined();
});

describe('sequences', () => {
  test('g then l', () => {
    const reader = new KeyReader();
    expect(reader.read(key('g'), commands, 0)).toBeUndefined();
    expect(reader.read(key('l'), commands, 500)).toBe('g l');
  });
  test('g then c goes places and does not confirm', () => {
    const reader = new KeyReader();
    reader.read(key('g'), commands, 0);
    expect(reader.read(key('c'), commands, 500)).toBe('g c');
    expect(reader.read(key('c'), commands, 600)).toBe('c');
  });
  test('too slow: two single keys', () => {
    const reader = new KeyReader();
    reader.read(key('g'), commands, 0);
    expect(reader.read(key('c'), commands, 5000)).toBe('c');
  });
});
