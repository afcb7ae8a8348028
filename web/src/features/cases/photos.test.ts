import { expect, test } from 'vitest';
import { fit } from './photos';

test.each([
  [4000, 3000, 1600, 1200],
  [3000, 4000, 1200, 1600],
  [800, 600, 800, 600],
  [20_000, 3, 1600, 1],
])('%i × %i is drawn as %i × %i', (width, height, w, h) => {
  expect(fit(width, height)).toEqual({ width: w, height: h });
});
