using System.Buffers;
using Holdfast.Restic.Failures;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Cuts SQL text into its statements, one at a time, without reading it all: quotes, comments and triggers do not end one.</summary>
internal sealed class SqlStatements(Stream source, string name)
{
    /// <summary>Bytes of the longest statement; SQLite's own default limit.</summary>
    private const int LongestStatement = 1_000_000_000;

    private readonly byte[] _input = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _statement = new(64 * 1024);
    private int _start;
    private int _end;
    private State _state = State.Plain;
    private byte _previous;

    private enum State
    {
        Plain,
        SingleQuote,
        DoubleQuote,
        Backtick,
        Bracket,
        LineComment,
        BlockComment,
    }

    /// <summary>True when the text ended in the middle of a statement.</summary>
    internal bool IsCut { get; private set; }

    /// <summary>The next statement with its semicolon; empty at the end. Lives until the next call.</summary>
    /// <exception cref="HoldfastException">Damaged: a statement is impossibly long. Or what the stream throws.</exception>
    internal ReadOnlySpan<byte> Next()
    {
        _statement.ResetWrittenCount();
        while (true)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, source.Read(_input));
                if (_end == 0)
                {
                    IsCut = !IsOnlySpace(_statement.WrittenSpan);
                    return default;
                }
            }

            var length = Scan(_input.AsSpan(_start, _end - _start), out var isAtSemicolon);
            _statement.Write(_input.AsSpan(_start, length));
            _start += length;
            if (_statement.WrittenCount > LongestStatement)
                throw new HoldfastException(FailureKind.Damaged, $"{name} holds a statement of more than {LongestStatement} bytes");
            if (isAtSemicolon && IsComplete()) return _statement.WrittenSpan;
        }
    }

    /// <summary>How many bytes belong to the statement so far, up to the first semicolon that may end it.</summary>
    private int Scan(ReadOnlySpan<byte> bytes, out bool isAtSemicolon)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            var wasPlain = _state == State.Plain;
            _state = After(value);
            _previous = _state == State.Plain && !wasPlain ? (byte)0 : value;
            if (value != ';' || !wasPlain) continue;
            isAtSemicolon = true;
            return i + 1;
        }

        isAtSemicolon = false;
        return bytes.Length;
    }

    private State After(byte value) => (_state, (char)value) switch
    {
        (State.Plain, '\'') => State.SingleQuote,
        (State.Plain, '"') => State.DoubleQuote,
        (State.Plain, '`') => State.Backtick,
        (State.Plain, '[') => State.Bracket,
        (State.Plain, '-') when _previous == '-' => State.LineComment,
        (State.Plain, '*') when _previous == '/' => State.BlockComment,
        // A doubled quote leaves the string and enters it again, which comes to the same.
        (State.SingleQuote, '\'') or (State.DoubleQuote, '"') or (State.Backtick, '`') or (State.Bracket, ']') => State.Plain,
        (State.LineComment, '\n') => State.Plain,
        (State.BlockComment, '/') when _previous == '*' => State.Plain,
        _ => _state,
    };

    // Only the body of a trigger has semicolons of its own, and SQLite knows where it ends.
    private bool IsComplete()
    {
        var statement = _statement.WrittenSpan;
        if (!IsCreate(statement)) return true;
        return raw.sqlite3_complete(utf8z.FromString(System.Text.Encoding.UTF8.GetString(statement))) != 0;
    }

    private static bool IsCreate(ReadOnlySpan<byte> statement)
    {
        var start = statement.IndexOfAnyExcept(" \t\r\n;"u8);
        if (start < 0) return false;
        // A comment in front could hide the word; asking SQLite once more does no harm.
        return statement[start] is (byte)'-' or (byte)'/'
            || System.Text.Ascii.EqualsIgnoreCase(statement[start..Math.Min(statement.Length, start + 6)], "create"u8);
    }

    private static bool IsOnlySpace(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
