export default {
  title: 'Find leads, pages, actions',
  hint: 'Write a few letters',
  none: 'Nothing found',
  lead: 'Lead',
  page: 'Page',
  action: 'Action',
  open: 'Find and do',
  search: 'Search all leads and cases for “{words}”',
};
