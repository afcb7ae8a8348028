import type { Wrong } from './draft';
import type { Words } from './words';

// What is to be changed before the program is asked: a try there counts.
export function wrongIn(number: string, digits: string, words: Words): Wrong[] {
  return [
    ...(number.trim() ? [] : [{ field: 'number', text: words.numberNeeded }]),
    ...(/^\d{4}$/.test(digits.trim()) ? [] : [{ field: 'digits', text: words.digitsNeeded }]),
  ];
}
