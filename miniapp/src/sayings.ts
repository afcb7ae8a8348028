// What can be said to a matter (by the resident) or to a sub-task (by the handling unit), and what each of it asks for.
import type { Wrong } from './draft';
import type { Words } from './words';

interface Said {
  text: string;
  stars: number; // 0: none
  photos: number;
}

interface Saying {
  of: 'case' | 'task'; // the page that it belongs to
  title(words: Words): string;
  label(words: Words): string;
  hint(words: Words): string;
  wrong(what: Said, words: Words): Wrong[];
  most: number; // characters
  optional?: boolean; // words need not be written
  stars?: boolean;
  photos?: boolean;
}

const none = () => '';
const needsWords =
  (why: (words: Words) => string) =>
  ({ text }: Said, words: Words): Wrong[] =>
    text.trim() ? [] : [{ field: 'text', text: why(words) }];
const needsStars = ({ stars }: Said, words: Words): Wrong[] => (stars ? [] : [{ field: 'stars', text: words.starsNeeded }]);

export const sayings = {
  note: {
    of: 'case',
    title: (w) => w.noteTitle,
    label: (w) => w.noteLabel,
    hint: (w) => w.noteHint,
    wrong: ({ text, photos }, w) => (text.trim() || photos ? [] : [{ field: 'text', text: w.noteNeeded }]),
    most: 1000,
    photos: true,
  },
  yes: {
    of: 'case',
    title: (w) => w.yesTitle,
    label: (w) => w.yesWords,
    hint: none,
    wrong: needsStars,
    most: 1000,
    optional: true,
    stars: true,
  },
  stars: {
    of: 'case',
    title: (w) => w.yesTitle,
    label: (w) => w.yesWords,
    hint: none,
    wrong: needsStars,
    most: 1000,
    optional: true,
    stars: true,
  },
  no: {
    of: 'case',
    title: (w) => w.noTitle,
    label: (w) => w.noLabel,
    hint: (w) => w.noHint,
    wrong: needsWords((w) => w.wordsNeeded),
    most: 1000,
  },
  reopen: {
    of: 'case',
    title: (w) => w.reopenTitle,
    label: (w) => w.reopenLabel,
    hint: (w) => w.noHint,
    wrong: needsWords((w) => w.wordsNeeded),
    most: 1000,
    photos: true,
  },
  return: {
    of: 'task',
    title: (w) => w.returnTitle,
    label: (w) => w.returnLabel,
    hint: (w) => w.returnHint,
    wrong: needsWords((w) => w.returnNeeded),
    most: 500,
  },
  done: {
    of: 'task',
    title: (w) => w.doneTitle,
    label: (w) => w.doneLabel,
    hint: (w) => w.doneHint,
    wrong: needsWords((w) => w.doneNeeded),
    most: 1000,
  },
} satisfies Record<string, Saying> as Record<What, Saying>;

export type What = 'note' | 'yes' | 'stars' | 'no' | 'reopen' | 'return' | 'done';
