// What goes to the program, and what happens when it does not get there. The program is recorded (tests/recorded.ts).
import { expect, it } from 'vitest';
import { Refusal } from './api/call';
import { findCase, getCase, stepTask } from './api/public';
import { clear, draft, submit } from './draft';
import { troubleWords } from './trouble';
import { zh } from './words/zh';
import { program, stored } from '../tests/uni';

const caught = async (what: Promise<unknown>): Promise<Refusal> => what.then(() => Promise.reject(new Error('it went through')), (trouble: Refusal) => trouble);

function write(): void {
  clear();
  Object.assign(draft, { text: '楼道灯坏了', place: '锦苑 3 栋', phone: '13800005678' });
  draft.photos = [{ id: 1, src: `data:image/jpeg;base64,${btoa('a photo')}` }];
}

it('a report whose answer was lost counts once, and its photo is loaded up once', async () => {
  write();
  const { token } = await submit();
  await expect(submit()).resolves.toEqual({ token, url: null });
  const sent = program.recorded.asked.filter(({ path }) => path.endsWith('/reports'));
  expect(sent).toHaveLength(2);
  expect(sent[0]!.key).toBe(sent[1]!.key);
  expect(program.recorded.asked.filter(({ path }) => path.endsWith('/files'))).toEqual([
    { method: 'POST', path: '/api/v1/public/files', body: { bytes: 7 }, key: undefined },
  ]);
});

it('a report that is changed after a try is another report', async () => {
  write();
  await submit();
  draft.text = '楼道灯坏了，三楼也坏了';
  await submit();
  const keys = program.recorded.asked.filter(({ path }) => path.endsWith('/reports')).map(({ key }) => key);
  expect(new Set(keys).size).toBe(2);
});

it('without a network nothing is lost', async () => {
  write();
  program.reachable = false;
  const trouble = await caught(submit());
  expect(trouble).toMatchObject({ status: 0, code: 'unreachable' });
  expect(stored.get('linli.draft')).toMatchObject({ text: '楼道灯坏了', place: '锦苑 3 栋', phone: '13800005678' });
  expect((stored.get('linli.draft') as typeof draft).photos).toHaveLength(1);
  program.reachable = true;
  await expect(submit()).resolves.toMatchObject({ token: 'REPORT' });
});

it('where photos are too much for the store, the words are kept', async () => {
  write();
  const set = uni.setStorageSync;
  uni.setStorageSync = (name: string, what: unknown) => {
    if (JSON.stringify(what).includes('data:image')) throw new Error('full');
    set(name, what);
  };
  draft.text = '楼道灯还是坏的';
  await Promise.resolve();
  uni.setStorageSync = set;
  expect(stored.get('linli.draft')).toMatchObject({ text: '楼道灯还是坏的', photos: [] });
});

it('five tries, then plain words', async () => {
  for (let n = 0; n < 5; ++n) expect(await caught(findCase('JN-20261128-0042', '0000'))).toMatchObject({ status: 404 });
  const trouble = await caught(findCase('JN-20261128-0042', '5678'));
  expect(trouble.status).toBe(429);
  expect(troubleWords(trouble, zh)).toBe(zh.tooMany);
});

it('says what the program says, and its own words where nothing answered', async () => {
  expect(troubleWords(await caught(getCase('NOPE')), zh)).toBe('没有这个链接 请打电话问社区');
  program.reachable = false;
  expect(troubleWords(await caught(getCase('CASE')), zh)).toBe(zh.unreachable);
});

it('a unit acts on what it saw, not on what came since', async () => {
  await stepTask('TASK', 1, { action: 'accept' });
  expect(await caught(stepTask('TASK', 1, { action: 'return', reason: '不归我们管' }))).toMatchObject({ status: 412 });
  await expect(stepTask('TASK', 2, { action: 'report_done', note: '换了阀门' })).resolves.toMatchObject({ state: 'reported_done', report: '换了阀门' });
});
