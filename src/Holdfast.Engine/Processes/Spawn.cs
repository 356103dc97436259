using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Processes;

/// <summary>posix_spawn(3) with a new session, no blocked or ignored signals, and descriptors that lead nowhere near this process.</summary>
internal static unsafe class Spawn
{
    // posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128 (glibc, 64 bits).
    private const int AttributesSize = 512;
    private const int ActionsSize = 256;
    private const int SignalSetSize = 128;

    /// <returns>An error number; 0 when it runs.</returns>
    internal static int Run(DetachedProcessOptions options, out int process)
    {
        var attributes = stackalloc byte[AttributesSize];
        var actions = stackalloc byte[ActionsSize];
        process = 0;
        _ = LibCSpawn.InitAttributes(attributes);
        _ = LibCSpawn.InitActions(actions);
        var added = false;
        try
        {
            options.Input?.DangerousAddRef(ref added);
            Describe(attributes);
            var error = Describe(actions, options);
            return error != 0 ? error : Run(options, actions, attributes, out process);
        }
        finally
        {
            if (added) options.Input!.DangerousRelease();
            _ = LibCSpawn.DestroyActions(actions);
            _ = LibCSpawn.DestroyAttributes(attributes);
        }
    }

    // A program inherits which signals are ignored and blocked; .NET ignores SIGPIPE.
    private static void Describe(byte* attributes)
    {
        var none = stackalloc byte[SignalSetSize];
        var all = stackalloc byte[SignalSetSize];
        new Span<byte>(none, SignalSetSize).Clear();
        new Span<byte>(all, SignalSetSize).Fill(0xff);
        _ = LibCSpawn.SetMask(attributes, none);
        _ = LibCSpawn.SetDefaults(attributes, all);
        _ = LibCSpawn.SetFlags(attributes, LibCSpawn.NewSession | LibCSpawn.SetSignalDefaults | LibCSpawn.SetSignalMask);
    }

    private static int Describe(byte* actions, DetachedProcessOptions options)
    {
        var error = options.Input is { } input
            ? LibCSpawn.AddDuplicate(actions, (int)input.DangerousGetHandle(), 0)
            : LibCSpawn.AddOpen(actions, 0, "/dev/null\0"u8, OpenFlags.ReadOnly, 0);
        if (error == 0)
        {
            error = options.Output is { } output
                ? LibCSpawn.AddOpen(
                    actions, 1, output.Terminated, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append, FilePermissions.PrivateFile)
                : LibCSpawn.AddOpen(actions, 1, "/dev/null\0"u8, OpenFlags.WriteOnly, 0);
        }

        if (error == 0) error = LibCSpawn.AddDuplicate(actions, 1, 2);
        if (error == 0 && options.WorkingDirectory is { } directory) error = LibCSpawn.AddChangeDirectory(actions, directory.Terminated);
        return error;
    }

    private static int Run(DetachedProcessOptions options, byte* actions, byte* attributes, out int process)
    {
        var arguments = Copy([options.Program, .. options.Arguments]);
        var environment = Copy(Variables(options.Environment));
        try
        {
            return LibCSpawn.Spawn(out process, arguments[0], actions, attributes, arguments, environment);
        }
        finally
        {
            Free(arguments);
            Free(environment);
        }
    }

    private static List<string> Variables(IReadOnlyDictionary<string, string?> changes)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value;
        foreach (var (name, value) in changes) variables[name] = value;
        return [.. variables.Where(variable => variable.Value is not null).Select(variable => $"{variable.Key}={variable.Value}")];
    }

    private static byte** Copy(List<string> texts)
    {
        var list = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Count; i++)
        {
            var length = Encoding.UTF8.GetByteCount(texts[i]);
            list[i] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(texts[i], new Span<byte>(list[i], length));
        }

        return list;
    }

    private static void Free(byte** list)
    {
        for (var i = 0; list[i] is not null; i++) NativeMemory.Free(list[i]);
        NativeMemory.Free(list);
    }
}
