// What is known already at the place of the report; asked once, shown on a page of its own.
import { ref } from 'vue';
import type { Known } from './api/types';

export const known = ref<Known[]>([]);
