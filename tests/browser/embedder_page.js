/** The page of somebody who embeds captions: what it is told, and nothing else. */

const { connectCaptions } = await import(`${CAPTIONS_SERVICE}/app/captions.js`);

window.viewers = {};

window.watch = (sessionId, { name = sessionId, baseUrl = CAPTIONS_SERVICE } = {}) => {
  const told = { finals: [], earlier: 0, gaps: 0, sessions: [], connections: [], problems: [], interims: 0, asked: 0 };
  const captions = connectCaptions({
    baseUrl,
    getAccess: async (signal) => {
      told.asked += 1;
      const response = await fetch(`/captions-access/${sessionId}`, { method: "POST", signal });
      if (!response.ok) throw Object.assign(new Error("Our back end said no."), await response.json());
      return response.json();
    },
    onCaption: (caption) => {
      if (!caption.final) return void (told.interims += 1);
      told.finals.push(caption.segmentId);
      if (!caption.live) told.earlier += 1;
      if (window.closeAfter === told.finals.length) captions.close();
      if (window.clumsy) throw new Error("Clumsy.");
    },
    onGap: () => (told.gaps += 1),
    onSession: ({ state, locale, speakers }) => told.sessions.push({ state, locale, speakers }),
    onConnection: (connection) => told.connections.push(connection),
    onProblem: (problem) => told.problems.push(problem && { ...problem, message: problem.message }),
  });
  window.viewers[name] = { captions, told };
};

window.said = (name) =>
  window.viewers[name].captions.lines.filter((line) => !line.gap).map(({ speaker, text }) => [speaker.id, text]);

window.told = (name) => window.viewers[name].told;
document.body.dataset.ready = "yes";
