/** The two courses: five members through the six steps, three members through the two kinds of reads. */
import { labScript } from '../../../src/lab/index.js';
import type { Course, Lesson } from './card.js';
import { CRASH, REMAIN, RETURN } from './crash.js';
import { ELECTION } from './election.js';
import { PARTITION } from './partition.js';
import { LINEARIZABLE, SERIALIZABLE } from './reads.js';
import { WRITE } from './write.js';

/**
 * Raft as the paper has it: without pre-vote each campaign is one round, and without check-quorum a leader that is cut off
 * goes on believing in itself, which step 6 is about.
 */
const STEPS: Course = {
  id: 'steps',
  script: labScript(7, 5, {
    preVote: false,
    checkQuorum: false,
    messageMs: 40,
    messageJitterMs: 20,
    diskMs: 15,
  }),
  lessons: [ELECTION, WRITE, CRASH, REMAIN, RETURN, PARTITION],
};

const READS: Course = {
  id: 'reads',
  script: labScript(11, 3, { messageMs: 40, messageJitterMs: 20, diskMs: 15 }),
  lessons: [SERIALIZABLE, LINEARIZABLE],
};

export const COURSES: readonly Course[] = [STEPS, READS];

export interface Place {
  readonly course: Course;
  readonly lesson: Lesson;
  /** Of the lesson within the course. */
  readonly index: number;
}

export const LESSON_IDS: readonly string[] = COURSES.flatMap(({ lessons }) => lessons.map(({ id }) => id));

export function placeOf(lessonId: string): Place | undefined {
  for (const course of COURSES) {
    const index = course.lessons.findIndex(({ id }) => id === lessonId);
    if (index >= 0) return { course, lesson: course.lessons[index]!, index };
  }
  return undefined;
}

/** The lesson behind one; undefined behind the last. */
export function lessonAfter(lessonId: string): string | undefined {
  return LESSON_IDS[LESSON_IDS.indexOf(lessonId) + 1];
}
