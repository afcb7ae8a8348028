export default {
  title: '演示',
  fiction: '演示数据，人物与地点均为虚构',
  short: '均为虚构',
  time: '剧情 {clock}',
  timeHint: '演示这一天走到了几点',
  sent: '{n} / {total} 条消息',
  pause: '暂停',
  goOn: '继续',
  speed: '速度',
  times: '{n} 倍',
};
