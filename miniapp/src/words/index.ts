import { computed } from 'vue';
import { display } from '../display';
import { en } from './en';
import { zh } from './zh';

export type { Words } from './zh';
export const words = computed(() => (display.language === 'en' ? en : zh));
