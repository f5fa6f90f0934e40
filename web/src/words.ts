// Every word on the screens, in both languages: words/zh.ts, words/en.ts.
import { en } from './words/en.ts';
import { zh } from './words/zh.ts';

export type Key = keyof typeof zh;
export const words = { zh, en } as const;
export type Lang = keyof typeof words;
