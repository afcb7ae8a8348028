export default {
  rings: 'Emergencies nobody has taken: {n}.',
  take: 'Take it',
  title: '[Emergency {n}] {plain}',
  notify: 'An emergency that nobody has taken',
  notifyBody: '{group}. Not verified: look at once.',
};
