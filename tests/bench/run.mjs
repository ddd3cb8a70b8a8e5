import { Rig } from './rig.mjs';
const rig = await Rig.start({ core: 0, seconds: 300 });
try {
  await rig.serve({ worker_idle_seconds: 86400 });
  await rig.people(10);
  console.log(rig.bytes);
  for (let i = 0; i < 2; i++)
    for (const [kind, rate] of [['nginx list', 2000], ['list', 2000], ['nginx call', 2000], ['call', 2000], ['upstream', 300]])
      console.log(kind, JSON.stringify(await rig.measured(kind, { users: 10, rate, seconds: 2 })));
} finally { await rig.stop(); }
