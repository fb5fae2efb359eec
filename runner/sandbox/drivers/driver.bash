# Functions of the loop that runs the snippets of a session in one bash. The loop is a file of one
# line, which has the snippet's name: so bash counts a snippet's lines from 1 and names it rightly.
# An exit is a real one: state is written then, for the loop's next bash. Names begin with __session_,
# local ones too: a snippet may have made any other read-only.

__session_place=$PWD
__session_last=0

# Wait for the next snippet: its code, arguments, variables and streams.
__session_next() {
    local __session_request=() __session_count __session_entry
    __session_client=
    while [[ -z $__session_client ]]; do
        [[ -p $__session_place/ask ]] || builtin exit 1
        IFS= builtin read -r __session_client <"$__session_place/ask"
    done
    builtin mapfile -d '' -t __session_request <"$__session_place/request"
    IFS= builtin read -r -d '' __session_code <"$__session_place/code"
    __session_count=${__session_request[2]}
    __session_args=("${__session_request[@]:3:__session_count}")
    __session_in=/proc/$__session_client/fd/3
    __session_out=/proc/$__session_client/fd/4
    __session_err=/proc/$__session_client/fd/5
    if [[ ${__session_request[1]} == transcript ]]; then
        __session_err=$__session_out
        builtin shopt -s expand_aliases
    fi
    __session_saved=()
    for __session_entry in "${__session_request[@]:3+__session_count}"; do
        __session_lend "$__session_entry"
    done
    if [[ $__session_code == *trap*@(EXIT|exit|0)* && $__session_code != *RETURN* ]]; then
        trap() { __session_trap "$@"; }
    fi
}

# A variable of this snippet alone: what it was is kept until the snippet's end.
__session_lend() {
    local __session_name=${1%%=*}
    if [[ -v $__session_name ]]; then
        __session_saved+=("$__session_name=${!__session_name}")
        [[ ${!__session_name@a} == *x* ]] || __session_saved+=("-x $__session_name")
    else
        __session_saved+=("-u $__session_name")
    fi
    builtin export "$1"
}

__session_give_back() {
    local __session_entry
    for __session_entry in "${__session_saved[@]}"; do
        case $__session_entry in
        '-u '*) builtin unset -v "${__session_entry#-u }" ;;
        '-x '*) builtin declare -g +x "${__session_entry#-x }" ;;
        *) builtin export "$__session_entry" ;;
        esac
    done
    __session_saved=()
}

# Make $? what the snippet before has left, for a snippet that asks for it.
__session_again() {
    [[ $__session_code != *'$?'* || $- == *e* ]] || return "$__session_last"
}

__session_end() {
    __session_last=$1
    __session_give_back
    if builtin declare -F trap >/dev/null; then builtin unset -f trap; fi
    if [[ $__session_code == *trap* ]]; then __session_guard; fi
    builtin printf '%s exited %s\n' "$__session_client" "$1" 1<>"$__session_place/answer"
}

# The snippet's own trap for EXIT must not take the place of ours.
__session_guard() {
    local __session_text
    builtin trap -p EXIT >|"$__session_place/traps"
    IFS= builtin read -r -d '' __session_text <"$__session_place/traps"
    [[ $__session_text == "trap -- '__session_save"* ]] || builtin trap __session_save EXIT
}

__session_trap() {
    local __session_arguments=("$@") __session_others=() __session_signal __session_on_exit=
    if [[ $1 == -- ]]; then __session_arguments=("${@:2}"); fi
    if ((BASH_SUBSHELL > 0 || ${#__session_arguments[@]} < 2)) ||
        [[ ${__session_arguments[0]} == -[lpP] ]]; then
        builtin trap "$@"
        return
    fi
    for __session_signal in "${__session_arguments[@]:1}"; do
        case ${__session_signal^^} in
        EXIT | SIGEXIT | 0) __session_on_exit=1 ;;
        *) __session_others+=("$__session_signal") ;;
        esac
    done
    if ((${#__session_others[@]})); then
        builtin trap -- "${__session_arguments[0]}" "${__session_others[@]}" || return
    fi
    if [[ -z $__session_on_exit ]]; then return 0; fi
    case ${__session_arguments[0]} in
    '' | -) builtin trap __session_save EXIT ;;
    *) builtin trap "__session_save; ${__session_arguments[0]}" EXIT ;;
    esac
}

# At the shell's exit: write down what the next shell needs to go on as this one. Traps for EXIT
# are left out: they run now. Options are asked for in this shell: a substitution's are others.
__session_save() {
    local __session_status=$? __session_name __session_names=()
    __session_last=$__session_status
    builtin set +o >|"$__session_place/options"
    builtin set +eux
    # An exit by `set -e` has taken the snippet's streams away, and its own trap comes after this.
    if [[ /dev/fd/1 -ef /dev/null ]]; then exec >"$__session_out"; fi
    if [[ /dev/fd/2 -ef /dev/null ]]; then exec 2>"$__session_err"; fi
    __session_give_back
    unset -f trap
    {
        builtin printf 'cd -- %q\n' "$PWD"
        builtin umask -p
        builtin compgen -A function >|"$__session_place/names"
        builtin mapfile -t __session_names <"$__session_place/names"
        for __session_name in "${__session_names[@]}"; do
            [[ $__session_name == __session_* ]] || builtin declare -f "$__session_name"
        done
        builtin compgen -v >|"$__session_place/names"
        builtin mapfile -t __session_names <"$__session_place/names"
        for __session_name in "${__session_names[@]}"; do
            case $__session_name in
            BASH* | __session_* | FUNCNAME | GROUPS | DIRSTACK | PIPESTATUS | LINENO | *RANDOM | _) ;;
            SECONDS | EPOCH* | EUID | UID | PPID | SHELLOPTS | SHLVL | PWD) ;;
            *) builtin declare -p "$__session_name" ;;
            esac
        done
        builtin printf '__session_last=%s\n' "$__session_last"
        builtin trap -p
        builtin printf 'trap __session_save EXIT\n'
        builtin alias -p
        builtin shopt -p
        builtin mapfile -t __session_names <"$__session_place/options"
        builtin printf '%s\n' "${__session_names[@]}"
    } >|"$__session_place/state" 2>/dev/null
    return "$__session_status"
}

builtin trap __session_save EXIT
