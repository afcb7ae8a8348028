export default {
  what: 'Leads and cases that you may see, by what was said, the place or the number.',
  words: 'Words to look for',
  hint: 'For example: 锦苑3栋 漏水',
  go: 'Search',
  how: 'Two characters or more; several words with blanks between must all be there. Chatter that became no lead is not searched, nor can people be looked for. Each search is in the log.',
  none: 'Nothing found for “{words}”.',
  noneHint: 'Try other words, or one less.',
  list: 'Leads and cases found',
  more: 'Look further back',
  filling: 'The index is still being made: older ones may be missing.',
  in: { message: 'Said', summary: 'Summary', place: 'Place', title: 'Title', number: 'Number' },
};
