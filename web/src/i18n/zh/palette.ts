export default {
  title: '找线索、页面和操作',
  hint: '输入几个字',
  none: '没有找到',
  lead: '线索',
  page: '页面',
  action: '操作',
  open: '查找和操作',
  search: '在所有线索和事件里找“{words}”',
};
