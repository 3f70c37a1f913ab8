/** Keys that work wherever the focus is, except where letters are typed. */
import type { Session } from '../session/session.js';
import { isolate } from './compose.js';

/** Takes the keys of the page until the returned function is called. */
export function followKeys(session: Session, openHelp: () => void): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (press(session, event, openHelp)) event.preventDefault();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

/** Fields take all keys; a focused button takes the space bar, and a slider its arrows. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest('input, select, textarea') !== null) return true;
  return event.key === ' ' && target.closest('button, a, summary') !== null;
}

/** Whether the key meant something. */
function press(session: Session, event: KeyboardEvent, openHelp: () => void): boolean {
  switch (event.key) {
    case ' ':
      session.togglePlaying();
      return true;
    case 'ArrowRight':
    case 'ArrowLeft': {
      const direction = event.key === 'ArrowRight' ? 1 : -1;
      if (event.shiftKey) session.seekMark(direction);
      else session.stepEvents(direction);
      return true;
    }
    case '?':
      openHelp();
      return true;
    case 'Escape':
      session.select(null);
      return true;
  }
  if (/^[1-9]$/.test(event.key)) {
    const id = Number(event.key);
    const member = session.view().members[id - 1];
    if (member === undefined || member.state === 'absent') return false;
    session.select({ kind: 'member', id });
    return true;
  }
  return actOnSelection(session, event.key.toLowerCase());
}

function actOnSelection(session: Session, key: string): boolean {
  const selection = session.selection();
  if (selection?.kind !== 'member') return false;
  const member = selection.id;
  switch (key) {
    case 'c':
      session.act({ kind: 'crash', member, losesUnsynced: false });
      return true;
    case 'r':
      session.act({ kind: 'restart', member });
      return true;
    case 'p': {
      const view = session.view();
      const isCutOff = view.cuts.some((cut) => cut.from === member || cut.to === member);
      session.act(isCutOff ? { kind: 'heal-all' } : isolate(view.members, member));
      return true;
    }
    case 't':
      session.act({ kind: 'campaign', member });
      return true;
    default:
      return false;
  }
}
