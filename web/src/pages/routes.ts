import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router';
import { session } from '@/api/client';
import { loadSession } from '@/features/session/session';
import DeskPage from './DeskPage.vue';
import { home, refusedRight } from './places';

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: (to) => ({ name: 'desk', query: to.query }) },
    { path: '/leads/:lead?', name: 'desk', component: DeskPage },
    { path: '/relay', name: 'relay', component: () => import('./RelayPage.vue') },
    { path: '/machine-answers', name: 'machineAnswers', component: () => import('./MachineAnswersPage.vue') },
    { path: '/cases/:case?', name: 'cases', component: () => import('./CasesPage.vue') },
    { path: '/groups', name: 'groups', component: () => import('./GroupsPage.vue') },
    { path: '/import', name: 'import', component: () => import('./ImportPage.vue') },
    { path: '/duty', name: 'duty', component: () => import('./DutyPage.vue') },
    { path: '/knowledge/:entry?', name: 'knowledge', component: () => import('./KnowledgePage.vue') },
    { path: '/search', name: 'search', component: () => import('./SearchPage.vue') },
    { path: '/canned', name: 'canned', component: () => import('./CannedPage.vue'), meta: { setting: true } },
    { path: '/settings', name: 'settings', component: () => import('./SettingsPage.vue') },
    { path: '/people/:person?', name: 'people', component: () => import('./PeoplePage.vue'), meta: { setting: true } },
    { path: '/grids/:grid?', name: 'grids', component: () => import('./GridsPage.vue'), meta: { setting: true } },
    { path: '/routing', name: 'routing', component: () => import('./RoutingPage.vue'), meta: { setting: true } },
    { path: '/units', name: 'units', component: () => import('./UnitsPage.vue'), meta: { setting: true } },
    { path: '/channels', name: 'channels', component: () => import('./ChannelsPage.vue'), meta: { setting: true } },
    { path: '/ways', name: 'ways', component: () => import('./WaysPage.vue'), meta: { setting: true } },
    { path: '/webhooks/:webhook?', name: 'webhooks', component: () => import('./WebhooksPage.vue'), meta: { setting: true } },
    { path: '/promise', name: 'promise', component: () => import('./PromisePage.vue'), meta: { setting: true } },
    { path: '/deliveries', name: 'deliveries', component: () => import('./DeliveriesPage.vue'), meta: { setting: true } },
    { path: '/keys', name: 'keys', component: () => import('./KeysPage.vue'), meta: { setting: true } },
    { path: '/residents', name: 'residents', component: () => import('./ResidentsPage.vue'), meta: { setting: true } },
    { path: '/model-server', name: 'modelServer', component: () => import('./ModelServerPage.vue'), meta: { setting: true } },
    { path: '/companion', name: 'companion', component: () => import('./CompanionPage.vue'), meta: { setting: true } },
    { path: '/notice/:notice', name: 'notice', component: () => import('./NoticePage.vue'), meta: { open: true } },
    { path: '/audit', name: 'audit', component: () => import('./AuditPage.vue'), meta: { setting: true } },
    { path: '/start', name: 'start', component: () => import('./StartPage.vue') },
    { path: '/account', name: 'account', component: () => import('./AccountPage.vue') },
    { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue'), meta: { open: true } },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./NowherePage.vue') },
  ],
});

const toSignIn = (to: RouteLocationNormalized) => ({
  name: 'sign-in',
  query: to.fullPath === '/leads' ? {} : { next: to.fullPath },
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  // A program that cannot be reached is said on the page, not by asking for a password.
  if (session.value === undefined) await loadSession();
  if (session.value === null) return toSignIn(to);
  // The desk is where everybody arrives; who has none begins elsewhere.
  const first = home();
  if (to.name === 'desk' && !to.params.lead && refusedRight('desk') && first && first !== 'desk') return { name: first };
  return true;
});
