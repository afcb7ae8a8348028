export default {
  rings: '紧急 {n} 条，还没有人接：',
  take: '去处理',
  title: '【紧急 {n}】{plain}',
  notify: '有紧急线索，还没有人接',
  notifyBody: '{group}。未核实，请马上看。',
};
