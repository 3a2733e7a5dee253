import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { brokenByArchive } from '../../scripts/package/krew-rules.ts';
import { filled } from '../../scripts/package/manifest.ts';
import { type Packaged, packagePlatform } from '../../scripts/package/package.ts';
import { PLATFORMS, platformOf } from '../../scripts/package/platforms.ts';
import { assets } from './harness/control-plane.ts';
import { createSet, podsOf, run, sharedCluster } from './harness/index.ts';

/**
 * The archive as krew installs it: the real krew, the real kubectl, and no node on the PATH. krew comes with the control
 * plane's programs where somebody put it there.
 */
const programs = assets() ?? '';
const krew = join(programs, 'krew');
const check = join(programs, 'validate-krew-manifest');

describe.runIf(existsSync(krew) && process.platform === 'linux' && process.arch === 'x64')('krew', async () => {
  const cluster = await sharedCluster();
  const template = await readFile(join(import.meta.dirname, '../../plugin-manifest/bedrock.yaml.template'), 'utf8');
  let folder: string;
  let archive: Packaged;
  let server: Server;
  let env: NodeJS.ProcessEnv;

  const manifestOf = (version: string) =>
    filled(
      template,
      version,
      PLATFORMS.map((platform) => ({
        platform,
        sha256: platform === archive.platform ? archive.sha256 : '0'.repeat(64),
      })),
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bedrock-krew-'));
    archive = { ...(await packagePlatform(platformOf('linux/amd64'), folder)), platform: platformOf('linux/amd64') };
    await writeFile(join(folder, 'bedrock.yaml'), manifestOf('1.0.0'));
    // what krew and kubectl need, and nothing else: above all no node
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await copyFile(join(programs, 'kubectl'), join(bin, 'kubectl'));
    const git = (await run('sh', ['-c', 'command -v git'], { env: process.env })).stdout.trim();
    await writeFile(join(bin, 'git'), `#!/bin/sh\nexec ${git} "$@"\n`, { mode: 0o755 });
    env = {
      HOME: folder,
      KREW_ROOT: join(folder, 'krew'),
      KREW_NO_UPGRADE_CHECK: '1',
      KUBECONFIG: cluster.kubeconfig,
      PATH: `${bin}:${join(folder, 'krew/bin')}`,
    };
    server = createServer((_, response) => {
      void readFile(archive.path).then((content) => response.end(content));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }, 300_000);

  afterAll(async () => {
    server?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const krewOk = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(krew, args, { env });
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout + stderr;
  };
  const kubectl = (...args: string[]) => run(join(folder, 'bin/kubectl'), args, { env });

  it("passes krew-index's own check, and our rules", async () => {
    const { code, stdout, stderr } = await run(check, ['-manifest', join(folder, 'bedrock.yaml'), '-skip-install'], {
      env,
    });
    expect(code, stdout + stderr).toBe(0);
    expect(await brokenByArchive(archive.path, 'kubectl-bedrock')).toEqual([]);
  });

  it('is installed from its archive, and kubectl finds it without a warning', async () => {
    await krewOk('install', `--manifest=${join(folder, 'bedrock.yaml')}`, `--archive=${archive.path}`);
    const list = await kubectl('plugin', 'list');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toContain(join(folder, 'krew/bin/kubectl-bedrock'));
    expect((await kubectl('bedrock', 'version')).stdout).toMatch(/^kubectl-bedrock \d+\.\d+\.\d+\n$/);
    expect((await kubectl('bedrock', 'rollout', '--help')).stdout).toContain('--max-unavailable');
  });

  it('rolls a set out', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 3, policy: 'Parallel' });
    const args = ['rollout', 'sts/web', '-n', namespace, '--image', 'app=app:2', '--max-unavailable', '3'];
    const { code, stdout, stderr } = await kubectl('bedrock', ...args, '--min-ready', '0', '--yes');
    expect(code, stdout + stderr).toBe(0);
    const images = (await podsOf(cluster, namespace)).map((pod) => pod.spec.containers[0]?.image);
    expect(images).toEqual(['app:2', 'app:2', 'app:2']);
  });

  it('completes names of sets for kubectl once its shim is installed', async () => {
    const namespace = await cluster.namespace();
    await createSet(cluster, namespace, { replicas: 1 });
    const installed = await kubectl('bedrock', 'completion', 'install');
    expect(installed.code, installed.stderr).toBe(0);
    const { stdout } = await kubectl('__complete', 'bedrock', 'rollout', '-n', namespace, 'sts/');
    expect(stdout).toMatch(/^sts\/web\b/m);
  });

  it('is upgraded from an index, and uninstalled', async () => {
    const index = join(folder, 'index');
    await mkdir(join(index, 'plugins'), { recursive: true });
    const git = async (...args: string[]) => {
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
      const { code, stderr } = await run('git', ['-C', index, ...identity, ...args], {
        env: { ...process.env, HOME: folder },
      });
      expect(code, stderr).toBe(0);
    };
    const publish = async (version: string) => {
      const manifest = parse(manifestOf(version));
      for (const platform of manifest.spec.platforms) {
        platform.uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${basename(archive.path)}`;
      }
      await writeFile(join(index, 'plugins/bedrock.yaml'), stringify(manifest));
      await git('add', '-A');
      await git('commit', '-qm', version);
    };
    await git('init', '-q', '-b', 'main');
    await publish('1.0.0');
    await krewOk('index', 'add', 'default', index);
    expect((await kubectl('bedrock', 'completion', 'uninstall')).code).toBe(0);
    await krewOk('uninstall', 'bedrock');
    await krewOk('install', 'bedrock');
    await publish('1.0.1');
    await krewOk('update');
    await krewOk('upgrade', 'bedrock');
    expect(await readdir(join(folder, 'krew/store/bedrock'))).toEqual(['v1.0.1']);
    expect((await kubectl('bedrock', 'version')).code).toBe(0);
    await krewOk('uninstall', 'bedrock');
    expect((await kubectl('bedrock', 'version')).code).not.toBe(0);
  });
});
