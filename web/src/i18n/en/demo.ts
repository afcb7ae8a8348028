export default {
  title: 'Demo',
  fiction: 'Demo data: all people and places are made up',
  short: 'all made up',
  time: 'Story {clock}',
  timeHint: 'Where the demo day stands',
  sent: '{n} / {total} messages',
  pause: 'Pause',
  goOn: 'Go on',
  speed: 'Speed',
  times: '× {n}',
};
