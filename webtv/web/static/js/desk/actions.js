import { actOnChannel, actOnClip } from "./api.js";
import { confirm } from "./dialogs.js";
import { quoted, span } from "./words.js";

const CHANNEL_ACTIONS = {
  skip: {
    ask: (channel) => ({
      title: "Skip what is on air?",
      text: `${onAir(channel)} ends at the next cut that no viewer has yet, and the next clip begins. It may air again.`,
      yes: "Skip it",
    }),
    said: (channel) => `${onAir(channel)} is skipped.`,
    over: (actions, channel) => actions.nothingToSkip(channel),
  },
  pull: {
    ask: (channel) => ({
      title: "Pull this clip from air?",
      text: `${onAir(channel)} ends at the next cut that no viewer has yet, and never airs again on ${channel.title}.`,
      yes: "Pull it",
    }),
    said: (channel) => `${onAir(channel)} is pulled and banned.`,
    over: (actions, channel) => actions.onClip("ban", channel, channel.now),
    undo: (channel) => ({ label: "Allow it again", action: "unban", clip: channel.now }),
  },
  slate: {
    ask: (channel) => ({
      title: `Put ${channel.title} on the slate?`,
      text: "Viewers see the stand-by card from the next cut until you resume.",
      yes: "Go to slate",
    }),
    said: (channel) => `${channel.title} goes to the slate.`,
    undo: () => ({ label: "Resume", action: "resume" }),
  },
  resume: { said: (channel) => `${channel.title} resumes.` },
  make: { said: (channel) => `One more clip is ordered for ${channel.title}.` },
};

const CLIP_ACTIONS = {
  pin: { said: (clip) => `${quoted(clip.title)} airs next.` },
  ban: {
    said: (clip) => `${quoted(clip.title)} never airs again.`,
    undo: (clip) => ({ label: "Allow it again", action: "unban", clip }),
  },
  unban: { said: (clip) => `${quoted(clip.title)} may air again.` },
  evergreen: {
    said: (clip) => `${quoted(clip.title)} is kept for ever.`,
    undo: (clip) => ({ label: "Undo", action: "ordinary", clip }),
  },
  ordinary: { said: (clip) => `${quoted(clip.title)} is a clip like any other again.` },
};

function onAir({ now }) {
  return now ? quoted(now.title) : "What is on air";
}

/** Does what the operator asks: asks back where it cannot be undone, says what came of it, offers the way back. */
export class Actions {
  #desk;
  #notice;
  #busy = false;

  constructor(desk, notice) {
    this.#desk = desk;
    this.#notice = notice;
  }

  async onChannel(action, channel) {
    const { ask, said, undo, over } = CHANNEL_ACTIONS[action];
    if (ask && !(await confirm(ask(channel)))) return;
    if (over && this.#isOver(channel)) {
      await over(this, channel);
      return;
    }
    const text = (answer) => said(channel) + soon(answer);
    const slot = over ? channel.now?.slot : undefined;
    await this.#run(() => actOnChannel(channel.id, action, slot), text, channel, undo?.(channel));
  }

  /** Nothing but what was asked about shall be touched: clips end while people think. */
  #isOver({ id, now }) {
    return now !== null && this.#desk.channel(id)?.now?.slot !== now.slot;
  }

  nothingToSkip(channel) {
    this.#notice.say(`${onAir(channel)} is over already. Nothing was skipped.`);
  }

  async onClip(action, channel, clip) {
    const { said, undo } = CLIP_ACTIONS[action];
    await this.#run(() => actOnClip(channel.id, clip.clip_id, action), () => said(clip), channel, undo?.(clip));
  }

  async #run(act, text, channel, undo) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const answer = await act();
      this.#notice.say(text(answer), undo ? { label: undo.label, run: () => this.#reverse(undo, channel) } : null);
      await this.#desk.refresh();
    } catch (error) {
      this.#notice.fail(explain(error));
    } finally {
      this.#busy = false;
    }
  }

  #reverse({ action, clip }, channel) {
    return clip ? this.onClip(action, channel, clip) : this.onChannel(action, channel);
  }
}

const soon = ({ in_s: seconds }) => (seconds >= 1 ? ` Viewers see it in ${span(seconds)}.` : "");

/** What to tell people when a request failed. */
export function explain(error) {
  if (error.name === "TimeoutError") return "The station did not answer in time. Look before you try again.";
  if (error instanceof TypeError) return "The station cannot be reached. Nothing was changed.";
  return error.message;
}
