export default {
  who: '登录名 {name}',
  roles: '你的角色',
  rolesHint: '每个角色管一个网格和它下面的全部。要改，请找管理员。',
  password: '密码',
  passwordHint: '至少 10 个字符。改好以后，别处的登录会退出。',
  byLink: '你是用一次性链接进来的，还没有设密码。',
  display: '显示',
};
