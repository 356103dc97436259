using System.Globalization;
using Xunit;

namespace Holdfast.Testing;

/// <summary>
/// A real OpenSSH server on loopback, as the current user, with keys and settings of its own; nothing of the user's ~/.ssh is read or
/// written. Disposing it ends it with its sessions.
/// </summary>
public sealed class SshServer : IAsyncDisposable
{
    private const int AttemptsForPort = 5;

    private readonly TempDirectory _directory;
    private RunningProcess _process;

    private SshServer(TempDirectory directory, RunningProcess process, int port)
    {
        _directory = directory;
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>The name under which the client's settings know it.</summary>
    public string Host => "holdfast-test";

    /// <summary>Arguments for ssh: settings with the address, the client's key and the server's.</summary>
    public IReadOnlyList<string> ClientArguments => ["-F", _directory["client_config"]];

    /// <summary>The same through another port, behind which the server's is.</summary>
    public IReadOnlyList<string> ArgumentsThrough(int port) =>
        [.. ClientArguments, "-p", port.ToString(CultureInfo.InvariantCulture), "-o", string.Create(CultureInfo.InvariantCulture, $"HostKeyAlias=[127.0.0.1]:{Port}")];

    /// <summary>A command for restic's sftp.command, which runs through its own splitting of words.</summary>
    public string ResticCommand => $"ssh -F {_directory["client_config"]} {Host} -s sftp";

    /// <summary>A folder for repositories on the server, which is this machine.</summary>
    public string Folder => _directory["served"];

    /// <summary>Starts it and waits until it accepts connections. The test ends here where OpenSSH is not installed.</summary>
    /// <param name="subsystem">The program behind sftp, and its arguments.</param>
    public static async Task<SshServer> StartAsync(string subsystem = "internal-sftp")
    {
        var program = RealComponent.Require("sshd");
        var makeKey = RealComponent.Require("ssh-keygen");
        RealComponent.Require("ssh");
        var directory = new TempDirectory();
        directory.CreateDirectory("served");
        foreach (var key in new[] { "host_key", "client_key" })
        {
            (await RunningProcess.RunAsync(makeKey, ["-q", "-t", "ed25519", "-N", string.Empty, "-f", directory[key]])).Expect(0);
        }

        File.Copy(directory["client_key.pub"], directory["authorized_keys"]);
        // As root it insists on this directory, which the init scripts make otherwise.
        if (Environment.IsPrivilegedProcess) Directory.CreateDirectory("/run/sshd", (UnixFileMode)0x1ED);

        for (var attempt = 1; ; attempt++)
        {
            var port = LoopbackPort.Free();
            WriteSettings(directory, port, subsystem);
            var process = RunningProcess.Start(program, ["-D", "-e", "-f", directory["server_config"]]);
            try
            {
                var line = await process.WaitForLineAsync(line =>
                    line.Contains("Server listening", StringComparison.Ordinal) || line.Contains("already in use", StringComparison.Ordinal));
                if (line.Contains("listening", StringComparison.Ordinal)) return new SshServer(directory, process, port);
            }
            catch
            {
                await process.DisposeAsync();
                directory.Dispose();
                throw;
            }

            // Another program was faster.
            await process.DisposeAsync();
            if (attempt == AttemptsForPort) Assert.Fail("no port is free for sshd");
        }
    }

    /// <summary>Ends it at once with all its sessions, as a network that breaks.</summary>
    public ValueTask StopAsync() => _process.DisposeAsync();

    /// <summary>Starts it again on the same port after <see cref="StopAsync"/>.</summary>
    public async Task RestartAsync()
    {
        _process = RunningProcess.Start(RealComponent.Require("sshd"), ["-D", "-e", "-f", _directory["server_config"]]);
        await _process.WaitForLineAsync(line => line.Contains("Server listening", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }

    private static void WriteSettings(TempDirectory directory, int port, string subsystem)
    {
        var number = port.ToString(CultureInfo.InvariantCulture);
        directory.WriteFile("server_config", $"""
            ListenAddress 127.0.0.1:{number}
            HostKey {directory["host_key"]}
            AuthorizedKeysFile {directory["authorized_keys"]}
            PidFile none
            StrictModes no
            UsePAM yes
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            MaxStartups 100
            Subsystem sftp {subsystem}

            """);
        var hostKey = string.Join(' ', File.ReadAllText(directory["host_key.pub"]).Split(' ').Take(2));
        directory.WriteFile("known_hosts", $"[127.0.0.1]:{number} {hostKey}\n");
        directory.WriteFile("client_config", $"""
            Host holdfast-test
              HostName 127.0.0.1
              Port {number}
              User {Environment.UserName}
              IdentityFile {directory["client_key"]}
              IdentitiesOnly yes
              IdentityAgent none
              UserKnownHostsFile {directory["known_hosts"]}
              GlobalKnownHostsFile none
              StrictHostKeyChecking yes
              BatchMode yes

            """);
    }
}
