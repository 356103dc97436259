using System.Globalization;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>What is run to reach the server: the system's ssh, so that agent, settings and jump hosts are as the user knows them.</summary>
internal static class SshCommand
{
    /// <summary>The program and its arguments.</summary>
    /// <exception cref="HoldfastException">Usage: a host or user that ssh would take for an option.</exception>
    public static IReadOnlyList<string> Of(SftpLocation location, SftpOptions options)
    {
        if (options.Command is { } command)
            return command.Count > 0 && command[0].Length > 0 ? command : throw new HoldfastException(FailureKind.Usage, "the sftp command is empty");
        if (location.Host.StartsWith('-') || location.User?.StartsWith('-') == true)
            throw new HoldfastException(FailureKind.Usage, "the name of an sftp host or user cannot begin with a dash");
        List<string> arguments = ["ssh", .. options.Arguments];
        if (location.Port is { } port) arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        if (location.User is { } user) arguments.AddRange(["-l", user]);
        arguments.AddRange(["-s", "--", location.Host, "sftp"]);
        return arguments;
    }
}
