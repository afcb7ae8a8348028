// What axe finds wrong on the page as it is; tests expect nothing.
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

export async function clean(page: Page): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' })  // a colour on its way to another is neither
  // What is still fading in has no colour of its own yet.
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => undefined))).then(() => undefined))
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${why(node.any[0]?.data)}`).join('\n')}`)).toEqual([])
}

const why = (data?: { fgColor?: string; bgColor?: string; contrastRatio?: number }) =>
  data?.fgColor ? `(${data.fgColor} on ${data.bgColor}: ${data.contrastRatio})` : ''

// In light, dark and large text.
export async function cleanInAllLooks(page: Page): Promise<void> {
  for (const look of ['', 'dark', 'elder']) {
    await page.evaluate((classes) => { document.documentElement.className = classes }, look)
    await clean(page)
  }
  await page.evaluate(() => { document.documentElement.className = '' })
}

export const toast = (page: Page, text: string | RegExp) => page.getByTestId('toast').filter({ hasText: text })
