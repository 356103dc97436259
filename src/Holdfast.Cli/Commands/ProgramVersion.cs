using System.Reflection;

namespace Holdfast.Cli.Commands;

/// <summary>The version of this build, without build metadata.</summary>
internal static class ProgramVersion
{
    internal static string Current { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
