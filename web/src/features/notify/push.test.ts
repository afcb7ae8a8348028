import { expect, test } from 'vitest';
import { bytesOf, deviceOf } from './push';
import { moved, offered } from './ways';

test('a key as the browser wants it', () => {
  expect([...bytesOf('_-8B')]).toEqual([255, 239, 1]);
});

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36', 'Chrome, Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile Safari/604.1', 'Safari, iOS'],
  ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0', 'WeChat, Android'],
  ['curl/8', 'Browser'],
])('%s', (agent, device) => expect(deviceOf(agent)).toBe(device));

test('ways: those that are wanted first, the others behind', () => {
  expect(offered(['sms', 'push'])).toEqual(['sms', 'push', 'wecom', 'email', 'voice']);
  expect(moved(['push', 'wecom', 'email'], 'email')).toEqual(['push', 'email', 'wecom']);
  expect(moved(['push', 'wecom'], 'push')).toEqual(['push', 'wecom']);
});
