export default {
  who: 'Sign-in name {name}',
  roles: 'Your roles',
  rolesHint: 'Each counts for a grid and everything below it. To change them, ask the administrator.',
  password: 'Password',
  passwordHint: 'At least 10 characters. After a change you are signed out everywhere else.',
  byLink: 'You came by a one-time link and have set no password yet.',
  display: 'Display',
};
