// The console: desk, groups, channels.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { createApp, watch } from 'vue';
import { Refusal } from '@/api/problem';
import { startWorker } from '@/features/notify/worker';
import { i18n, setLanguage } from '@/i18n';
import App from '@/pages/App.vue';
import { router } from '@/pages/routes';
import { display, loadDisplay } from '@/ui/display';
import { toast } from '@/ui/toasts';
import '@/ui/tokens.css';
import '@/ui/base.css';

loadDisplay();
const cache = new QueryClient({
  defaultOptions: {
    queries: {
      // The event stream tells of changes; a refused call is not asked again.
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof Refusal && error.unreachable,
    },
  },
});
await setLanguage(display.language);
watch(
  () => display.language,
  async (language) => {
    await setLanguage(language);
    // Reasons and history come from the program in the reader's language.
    for (const key of ['lead', 'cases', 'routing']) void cache.invalidateQueries({ queryKey: [key] });
  },
);
createApp(App).use(i18n).use(VueQueryPlugin, { queryClient: cache }).use(router).mount('#app');
startWorker(router, (use) => toast({ tone: 'done', title: i18n.global.t('newVersion'), action: { label: i18n.global.t('useIt'), run: use }, ms: 60 * 60 * 1000 }));
